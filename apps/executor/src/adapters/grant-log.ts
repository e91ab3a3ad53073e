import type { Broker } from '@countersign/bus';
import { decodeEvent, orderingKey, partitionOf, topicName, type Event } from '@countersign/contracts';
import type { ExecutionWork } from '@countersign/domain';
import { CountersignError, sha256 } from '@countersign/kernel';

export type Grant = Event<'countersign.action.allowed'>;
/** A question to people, with leave to ask the tool what they would say yes to. */
export type Question = Event<'countersign.approval.required'>;

type Place = Pick<ExecutionWork, 'jti' | 'grant' | 'tenant' | 'workflow'>;

/** Where the executor reads the grant that a piece of work is done under. */
export interface GrantSource {
  /** Throws where the record at the place is not the one that was verified when the work began. */
  grantOf(work: Place): Promise<Grant>;
  /** The same of a preview. */
  questionOf(work: Place): Promise<Question>;
}

export interface GrantLogOptions {
  readonly broker: Pick<Broker, 'read'>;
  readonly namespace: string;
  readonly partitions: number;
}

/** Reads grants from `decisions`. The hash in the own, signed `attempt.started` says that it is the record that was verified. */
export class GrantLog implements GrantSource {
  constructor(private readonly options: GrantLogOptions) {}

  async grantOf(work: Place): Promise<Grant> {
    const event = await this.read(work);
    if (event?.type === 'countersign.action.allowed' && event.data.jti === work.jti) return event;
    throw missing(work);
  }

  async questionOf(work: Place): Promise<Question> {
    const event = await this.read(work);
    if (event?.type === 'countersign.approval.required' && event.data.preview?.jti === work.jti) return event;
    throw missing(work);
  }

  private async read({ grant, tenant, workflow }: Place): Promise<Event | undefined> {
    const { broker, namespace, partitions } = this.options;
    const target = { topic: topicName(namespace, 'decisions'), partition: partitionOf(orderingKey(tenant, workflow), partitions) };
    let found: Event | undefined;
    await broker.read(target, grant.offset, grant.offset + 1, (records) => {
      for (const { value } of records) {
        if (!value || sha256(value) !== grant.sha256) continue;
        found = decodeEvent(value);
      }
    });
    return found;
  }
}

const missing = ({ jti }: Place): CountersignError => new CountersignError('NOT_FOUND', `the grant \`${jti}\` is not at its place in the log`);
