import { runIdOf, type RunId } from '@countersign/kernel';
import type { Stack } from './stack.ts';
import type { SeenEvent, TopicView } from './topics.ts';

/** A CloudEvent as an upstream system would write it. */
export interface Task {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly workflow?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface DeskTask {
  readonly id: string;
  /** Which step of the playbook `desk` refunds. */
  readonly how?: 'plain' | 'ask' | 'two' | 'brief' | 'told' | 'typed' | 'wide';
  readonly charge: string;
  readonly cents?: unknown;
  readonly workflow?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const SOURCE = '/tests/desk';

export const deskTask = ({ id, how = 'plain', charge, cents = 100, workflow = 'desk', more = {} }: DeskTask): Task => ({
  specversion: '1.0',
  id,
  source: SOURCE,
  type: `${workflow}.refund`,
  workflow,
  data: { how, charge_id: charge, amount_cents: cents, reason: 'a test asks for it', ...more },
});

export interface SendOptions {
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The upstream systems of one tenant: they know their own doors and nothing else. */
export class Upstream {
  private constructor(
    private readonly stack: Stack,
    readonly tenant: string,
    readonly outcomes: TopicView,
  ) {}

  /** Hears what is answered from now on. */
  static async open(stack: Stack, tenant = 'acme'): Promise<Upstream> {
    return new Upstream(stack, tenant, await stack.view('outcomes', { tenant }));
  }

  runOf({ workflow = '', source, id }: Pick<Task, 'workflow' | 'source' | 'id'>): RunId {
    return runIdOf(this.tenant, workflow, source, id);
  }

  /** Writes to the inbox with the password of the tenant's upstream; a text goes as it is. Gives the place. */
  async send(task: Task | string | Buffer, { partition = 0, headers = {} }: SendOptions = {}): Promise<{ readonly partition: number; readonly offset: number }> {
    const value = Buffer.isBuffer(task) ? task : Buffer.from(typeof task === 'string' ? task : JSON.stringify(task));
    const topic = this.stack.topic('inbox', this.tenant);
    return { partition, offset: await this.stack.kafka(`upstream-${this.tenant}`).append({ topic, partition }, [{ key: null, value, headers }]) };
  }

  finished(task: Task): Promise<SeenEvent> {
    return this.outcomes.until('countersign.task.finished', ({ run }) => run === this.runOf(task));
  }

  /** Sends a task and waits for its end. */
  async carryOut(task: Task, options?: SendOptions): Promise<SeenEvent> {
    await this.send(task, options);
    return this.finished(task);
  }

  /** What the record at a place of the inbox was refused with. */
  async refusal(place: { readonly partition: number; readonly offset: number }): Promise<SeenEvent> {
    const cause = `@inbox.${this.tenant}/${place.partition}/${place.offset}#`;
    return this.outcomes.until('countersign.task.refused', ({ causes }) => causes.includes(cause));
  }
}
