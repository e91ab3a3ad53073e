import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileBlobStore, type BlobRef } from '@countersign/contracts';
import { canonicalJson, CountersignError, days, isJsonObject, millis, runIdOf, timestamp, type JsonObject, type Millis, type RunId } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { stackPaths } from '../dev/stack-paths.js';
import { openLedger, type Ledger } from '../ledger/ledger-client.js';
import type { RunView } from '../ledger/shapes.js';
import { putIntoInbox } from '../task/hand-in.js';
import { isUnreadable, readForeignEvent } from '@countersign/tools';
import { TaskFollower, type Followed } from '../task/task-follower.js';
import { isOver } from '../task/task-watch.js';
import { commandLine } from '../terminal/command-line.js';
import { answerOf, blobOf, isEnd, type CallAnswer } from './answer.js';
import { nameOfCall, type OpenCall, type OpenCalls } from './open-calls.js';
import { typeOfCalls } from './server-files.js';

export interface Call {
  /** Id of the tool contract. */
  readonly tool: string;
  readonly effect: 'read' | 'write';
  readonly args: JsonObject;
  /** Tells requests of one session apart: the same one again is the same action. */
  readonly request: string;
  /** Given by whoever calls: with the same arguments it never makes a second action. */
  readonly key?: string;
}

export interface CallsOf {
  readonly name: string;
  readonly tenant: string;
  readonly open: OpenCalls;
}

/** Requests of one session that are remembered, so that one that comes twice is one action. */
const REQUESTS = 1_000;
/** The ledger is this far behind the log at most, on a machine that does much else. */
const LEDGER_LAG = millis(5_000);
const POLL = millis(50);
/** The door takes no task that is older; what was handed in then is known, or was never. */
const OLDEST_TASK = days(1);

/** Turns calls into tasks of one workflow, and tells what became of them. */
export class Calls {
  private readonly ledger: Ledger;
  private readonly requests = new Map<string, OpenCall>();
  /** By run: those that this process has handed in or was asked about. */
  private readonly followed = new Map<string, Followed>();

  private constructor(
    private readonly context: CommandContext,
    private readonly kafka: Kafka,
    private readonly follower: TaskFollower,
    private readonly of: CallsOf,
  ) {
    this.ledger = openLedger(context);
  }

  static async over(context: CommandContext, kafka: Kafka, of: CallsOf): Promise<Calls> {
    return new Calls(context, kafka, await TaskFollower.open(context, kafka, of.tenant), of);
  }

  /** Hands a call in, unless it is open already, and waits for its end. */
  async call(call: Call, wait: Millis): Promise<CallAnswer> {
    const open = this.openCall(call);
    const task = this.taskOf(open, call);
    // The door could not even say which task it refuses.
    const event = readForeignEvent({ value: task, headers: {} });
    if (isUnreadable(event)) {
      this.of.open.close(open.run);
      return { status: 'rejected_schema', tool: call.tool, code: event.code, reason: event.message, ...(event.faults.length > 0 && { faults: event.faults }) };
    }
    let followed = this.followed.get(open.run);
    if (!followed) {
      followed = this.follow(open);
      try {
        if (Date.parse(open.time) > this.context.clock.now() - OLDEST_TASK) await putIntoInbox(this.kafka, this.of.tenant, `${this.source}/${open.id}`, task);
      } catch (fault) {
        // Handed in again by the next call of it: a task that comes twice is one.
        this.forget(open.run);
        throw fault;
      }
    }
    return this.settled(followed, wait, call.tool);
  }

  /** What became of an action of this workflow. Throws `NOT_FOUND` for any other. */
  async status(id: string, wait: Millis): Promise<CallAnswer> {
    const known = this.followed.get(id);
    if (known) return this.settled(known, wait);
    const run = await this.ledger.run(id);
    if (run.tenant !== this.of.tenant || run.workflow !== this.of.name) throw new CountersignError('NOT_FOUND', `there is no action \`${id}\` here`);
    return this.settled(this.follow({ id: run.task ?? '', run: run.id, time: '' }), wait);
  }

  /** Whoever called has the end of an action: the same call again is another one. */
  told(answer: CallAnswer): void {
    if (answer.actionId === undefined || !isEnd(answer)) return;
    this.of.open.close(answer.actionId);
    this.forget(answer.actionId);
  }

  async close(): Promise<void> {
    await this.follower.close();
  }

  private get source(): string {
    return `/mcp/${this.of.name}`;
  }

  private runOf(task: string): RunId {
    return runIdOf(this.of.tenant, this.of.name, this.source, task);
  }

  private openCall({ tool, effect, args, request, key }: Call): OpenCall {
    const { open, name } = this.of;
    const same = nameOfCall(name, tool, canonicalJson(args));
    const asked = `${request} ${same}`;
    const known = this.requests.get(asked) ?? this.named(key, same) ?? (effect === 'write' ? open.open(same, (task) => this.runOf(task)) : this.fresh(randomUUID()));
    this.requests.set(asked, known);
    if (this.requests.size > REQUESTS) this.requests.delete(this.requests.keys().next().value ?? '');
    return known;
  }

  /** Of a call with a key the task goes by it: whoever gives one says when two calls are one. */
  private named(key: string | undefined, same: string): OpenCall | undefined {
    return key === undefined ? undefined : this.fresh(`key-${nameOfCall(key, same)}`);
  }

  private fresh(id: string): OpenCall {
    return { id, time: timestamp(this.context.clock.now()), run: this.runOf(id) };
  }

  private follow({ id, run }: OpenCall): Followed {
    const followed = this.follower.follow({ id, source: this.source, run: run as RunId });
    this.followed.set(run, followed);
    return followed;
  }

  private forget(run: string): void {
    const followed = this.followed.get(run);
    this.followed.delete(run);
    if (followed) this.follower.forget(followed);
  }

  private taskOf({ id, time }: OpenCall, { tool, args }: Call): Buffer {
    const event: JsonObject = { specversion: '1.0', id, source: this.source, type: typeOfCalls(this.of.name), time, workflow: this.of.name, data: { tool, arguments: args } };
    return Buffer.from(JSON.stringify(event));
  }

  private async settled(followed: Followed, wait: Millis, tool?: string): Promise<CallAnswer> {
    await this.follower.until(() => isOver(followed.state), wait);
    const { run } = followed.task;
    const { state } = followed;
    const view = state.kind === 'refused' ? undefined : await this.runView(run, state.kind === 'finished');
    const events = view ? await this.eventsOf(run) : [];
    const approvalId = state.kind === 'pending' ? state.approval : view?.waitingOn;
    const approval = approvalId === undefined ? undefined : await this.ledger.approval(approvalId).catch(() => undefined);
    const named = tool ?? view?.actions.find(({ tool: of }) => of !== undefined)?.tool;
    const known = { actionId: run, ...(named !== undefined && { tool: named }), state, run: view, events, approval, command: (args: string) => commandLine(args, this.context.env) };
    const answer = answerOf(known);
    const blob = answer.status === 'executed' ? blobOf(known) : undefined;
    return blob ? this.withBlob(answer, blob) : answer;
  }

  /** The run as the ledger has it. It is a moment behind the log: where the run is over it is waited for. */
  private async runView(run: RunId, isFinished: boolean): Promise<RunView | undefined> {
    const end = performance.now() + LEDGER_LAG;
    for (;;) {
      const view = await this.ledger.run(run).catch(() => undefined);
      if (!isFinished || view?.outcome !== undefined || performance.now() >= end) return view;
      await sleep(POLL, undefined, { signal: this.context.signal });
    }
  }

  private async eventsOf(run: RunId): Promise<readonly JsonObject[]> {
    const { events } = await this.ledger.events(run);
    return events.flatMap(({ event }) => (isJsonObject(event) ? [event] : []));
  }

  /** A result that is too large for an event lies beside the log: on a stack of this machine, where we can read it. */
  private async withBlob(answer: CallAnswer, blob: BlobRef): Promise<CallAnswer> {
    try {
      const result: unknown = JSON.parse(String(await new FileBlobStore(stackPaths(this.context.dataDir).blobs).get(blob)));
      if (isJsonObject(result)) return { ...answer, result, trust: 'untrusted' };
    } catch {
      // Said below: it was done, and only what it gave cannot be shown here.
    }
    return { ...answer, reason: `done, once; what it gave has ${blob.size} bytes and is kept beside the log (${blob.sha256}), where this command cannot read it` };
  }
}
