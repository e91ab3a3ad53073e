import type { Moment } from '@countersign/bus';
import type { Composed } from '@countersign/bus/compose';
import { encode, type Cause, type Event } from '@countersign/contracts';
import { contractFor, type ControlState, type ExecutionWork } from '@countersign/domain';
import { canonicalJson, sha256, type Instant, type KeyId, type RunId, type Sha256, type StepId } from '@countersign/kernel';
import { decideWith } from './decide.js';
import { triggerOf, type TapedOutcome } from './exact.js';
import type { Sandbox, SandboxService } from './services.js';
import { receivedOf, taped, type PartitionTape, type Taped, type TapedTopic } from './tape.js';
import { Agenda } from './agenda.js';

/** Where a run cannot go on: what it does next is on no tape, and nothing is done in a sandbox. */
export interface TapeEnd {
  readonly run: RunId;
  readonly step: StepId | undefined;
  readonly tool: string;
  readonly why: string;
}

export interface PlayOptions {
  readonly tape: PartitionTape;
  readonly sandbox: Sandbox;
  /** What is in force at a time; `epoch`: offset of the newest control then. */
  readonly controlsAt: (time: Instant) => { readonly epoch: number; readonly state: ControlState };
  /** What came of calls, from an exact replay of the executor. */
  readonly outcomes: readonly TapedOutcome[];
  /** What services had written before is folded and not decided once more; tasks from then on are played. */
  readonly from: Instant;
  /** Looks at what a service is about to write, and may put something else in its place. */
  readonly edit?: (service: SandboxService['service'], event: Event) => Event;
  /** Whose tasks, answers and votes are played; everybody's unless given. */
  readonly isPlayed?: (run: RunId) => boolean;
}

export interface Played {
  /** What the services of the sandbox wrote, in the order of their time. */
  readonly events: readonly Taped[];
  readonly ends: readonly TapeEnd[];
}

/** Behind the last record, what was under way then may still be finished. */
const GRACE_MS = 60_000;

/**
 * Plays the tasks of a partition through the services of the sandbox, with the clock of the tape: what is handled is handled when it was
 * handled then, a call takes as long as it took, and what came of it is what the tape says. A call that is not on the tape is not made: its run
 * stands still from there on.
 */
export const play = async (options: PlayOptions): Promise<Played> => new Play(options).run();

/** What a call does, of which a tape knows each by its hash. */
const actionKey = ({ run, step, tool, args }: { readonly run: string; readonly step: string; readonly tool: string; readonly args: unknown }): Sha256 => sha256(canonicalJson([run, step, tool, args]));

/** What tells a call from every other. */
const callKey = ({ kind, attempt }: TapedOutcome['work'], action: Sha256): string => `${kind === 'interrupted' ? 'call' : kind} ${attempt} ${action}`;

interface Playing {
  readonly service: SandboxService;
  state: unknown;
  /** Offset of the next own event. */
  next: number;
  /** When each input topic was last read: it is read in order. */
  readonly readAt: Map<TapedTopic, number>;
  /** When each input is handled, by its id: causes come before effects. */
  readonly inputAt: Map<string, number>;
  alarm: Instant | undefined;
}

class Play {
  private readonly playing: readonly Playing[];
  private readonly agenda = new Agenda();
  private readonly written: Taped[] = [];
  private readonly ends: TapeEnd[] = [];
  /** When the original handled an input or an own event, by service and id of what was handled. */
  private readonly handledAt = new Map<string, Instant>();
  /** What grants and questions are about, by their id: what a call is made under. */
  private readonly actions = new Map<string, Sha256>();
  private readonly outcomes = new Map<string, TapedOutcome[]>();
  private readonly executorKeys = new Set<KeyId>();
  private readonly until: number;
  private readonly edited: NonNullable<PlayOptions['edit']>;
  private now = 0 as Instant;

  constructor(private readonly options: PlayOptions) {
    this.playing = options.sandbox.services.map((service) => ({ service, state: service.step.initialState(), next: 0, readAt: new Map(), inputAt: new Map(), alarm: undefined }));
    this.edited = options.edit ?? ((_, event) => event);
    this.until = Math.max(0, ...Object.values(options.tape.topics).flatMap((events) => events.at(-1)?.record.timestamp ?? 0)) + GRACE_MS;
  }

  async run(): Promise<Played> {
    this.readOriginal();
    this.readOutcomes();
    this.handIn();
    for (const playing of this.playing) this.setAlarm(playing);
    for (let next = this.agenda.next(); next && next.at <= this.until; next = this.agenda.next()) {
      this.now = next.at;
      await next.act();
    }
    return { events: this.written, ends: this.ends };
  }

  /** What is past is folded; of the rest it is known when it was handled. */
  private readOriginal(): void {
    const { tape, from } = this.options;
    for (const playing of this.playing) {
      const { service } = playing;
      for (const each of tape.topics[service.output]) {
        const [trigger] = each.causes;
        const handled = `${service.service} ${trigger?.id ?? ''}`;
        if (!this.handledAt.has(handled)) this.handledAt.set(handled, each.at);
        if (service.service === 'executor' && each.signedWith !== undefined) this.executorKeys.add(each.signedWith);
        playing.next = each.record.offset + 1;
        if (each.at >= from) continue;
        playing.state = service.step.evolve(playing.state, each.event, each.cause);
        this.remember(each.event);
      }
    }
    this.options.sandbox.hold([...this.executorKeys]);
  }

  private readOutcomes(): void {
    const grants = new Map(this.options.tape.topics.decisions.flatMap(({ event }) => ('action' in event.data ? [[event.id as string, actionKey(event.data.action)] as const] : [])));
    for (const found of this.options.outcomes) {
      const action = grants.get(found.grant);
      if (!action) continue;
      const key = callKey(found.work, action);
      this.outcomes.set(key, [...(this.outcomes.get(key) ?? []), found]);
    }
  }

  private handIn(): void {
    const { tape, from, isPlayed = () => true } = this.options;
    for (const topic of ['tasks', 'ballots'] as const) {
      for (const each of tape.topics[topic]) {
        const { run } = each;
        if (each.record.timestamp < from || (run !== undefined && !isPlayed(run))) continue;
        this.agenda.add(each.record.timestamp as Instant, () => this.spread(topic === 'tasks' ? this.admitted(each) : each));
      }
    }
  }

  /** A task is admitted under the contract that is in force here: the original one may be none of this configuration. */
  private admitted(task: Taped): Taped {
    const { event } = task;
    if (event.type !== 'countersign.task.submitted' || event.tenant === undefined || event.workflow === undefined) return task;
    const contract = contractFor(this.options.controlsAt(this.now).state, event.tenant, event.workflow);
    if (!contract || contract.hash === event.data.contract.hash) return task;
    const { document, hash } = contract;
    const { value, event: admitted } = encode({ ...event, data: Object.assign({}, event.data, { contract: { id: document.id, version: document.version, hash } }) });
    return taped('tasks', admitted, { ...task.record, value });
  }

  /** Hands an event to every service that reads it, each in the order of its topic, and behind what it rests on. */
  private spread(event: Taped): void {
    for (const playing of this.playing) {
      const { service, readAt, inputAt } = playing;
      if (!service.inputs.includes(event.topic) || !service.handles.has(event.type)) continue;
      const original = this.handledAt.get(`${service.service} ${event.id}`) ?? this.now;
      const at = Math.max(original, this.now, readAt.get(event.topic) ?? 0, ...event.causes.map(({ id }) => inputAt.get(id) ?? 0)) as Instant;
      readAt.set(event.topic, at);
      inputAt.set(event.id, at);
      this.agenda.add(at, () => this.handle(playing, event));
    }
  }

  private moment(): Moment<ControlState> {
    const { epoch, state } = this.options.controlsAt(this.now);
    return { now: this.now, partition: this.options.tape.partition, controls: state, controlEpoch: epoch };
  }

  private async handle(playing: Playing, event: Taped): Promise<void> {
    const moment = this.moment();
    await this.decide(playing, triggerOf(event), moment, () => playing.service.step.handle(receivedOf(event), playing.state, moment));
  }

  private async decide(playing: Playing, trigger: Cause, moment: Moment<ControlState>, outgoing: Parameters<typeof decideWith>[2]): Promise<boolean> {
    const decided = await decideWith(playing.service, { trigger, moment }, outgoing);
    // What would be a dead letter leads to nothing.
    const events = 'events' in decided ? decided.events : [];
    const written = events.map((composed) => this.append(playing, composed));
    for (const each of written) this.spread(each);
    this.setAlarm(playing);
    return written.length > 0;
  }

  private append(playing: Playing, composed: Composed): Taped {
    const { service } = playing;
    const wanted = this.edited(service.service, composed.event);
    const { value, event } = wanted === composed.event ? composed : encode(wanted);
    const record = { topic: service.output, partition: this.options.tape.partition, offset: playing.next, timestamp: this.now, key: composed.key, value, headers: {} };
    const written = taped(service.output, event, record);
    playing.next += 1;
    playing.state = service.step.evolve(playing.state, event, written.cause);
    this.remember(event);
    this.written.push(written);
    for (const work of service.step.workFor?.(playing.state, event, written.cause) ?? []) this.work(playing, work, event);
    return written;
  }

  private remember(event: Event): void {
    if ('action' in event.data) this.actions.set(event.id, actionKey(event.data.action));
  }

  private work(playing: Playing, work: ExecutionWork, { run, step }: Event): void {
    const action = this.actions.get(work.grant.id);
    const known = action && this.outcomes.get(callKey(work, action));
    // Under several grants the same call may have been made several times: each is used once, the last one from then on.
    const found = known && known.length > 1 ? known.shift() : known?.[0];
    if (!found) {
      if (run !== undefined) this.ends.push({ run, step, tool: work.bulkhead, why: work.kind === 'read-back' ? 'its effect was never looked at' : work.kind === 'preview' ? 'nobody ever asked what it would do' : 'it was never called with these arguments' });
      return;
    }
    const at = Math.max(this.now + found.took, work.notBefore) as Instant;
    this.agenda.add(at, () => this.finish(playing, work, found));
  }

  private async finish(playing: Playing, work: ExecutionWork, { outcome }: TapedOutcome): Promise<void> {
    const moment = this.moment();
    await this.decide(playing, work.cause, moment, () => playing.service.step.done?.(work, { result: outcome }, playing.state, moment) ?? []);
  }

  private setAlarm(playing: Playing): void {
    const { step } = playing.service;
    const at = step.nextDue?.(playing.state, this.options.controlsAt(this.now).state);
    if (at === undefined || (playing.alarm !== undefined && playing.alarm <= at)) return;
    playing.alarm = at;
    this.agenda.add(Math.max(at, this.now) as Instant, () => this.ring(playing, at));
  }

  private async ring(playing: Playing, at: Instant): Promise<void> {
    if (playing.alarm !== at) return;
    playing.alarm = undefined;
    const moment = this.moment();
    let moved = false;
    for (const { cause, outgoing } of (await playing.service.step.due?.(playing.state, moment)) ?? []) moved = (await this.decide(playing, cause, moment, () => outgoing)) || moved;
    // What is still due, and nothing came of it, would be so for ever.
    const next = playing.service.step.nextDue?.(playing.state, moment.controls);
    if (moved || (next !== undefined && next > this.now)) this.setAlarm(playing);
  }
}
