import type { Moment } from '@countersign/bus';
import type { ControlState, ExecutionWork } from '@countersign/domain';
import type { Outcome } from '@countersign/executor/step';
import { timestamp, type Instant, type Json, type JsonObject, type RunId } from '@countersign/kernel';
import { decideWith, type Decided } from './decide.js';
import { firstDifference, type Difference } from './difference.js';
import { outcomesOf } from './outcomes.js';
import type { Sandbox, SandboxService } from './services.js';
import { atOffset, receivedOf, type ControlTimeline, type PartitionTape, type Taped, type TapedTopic } from './tape.js';
import { isOwn, turnsOf, type Turn } from './turns.js';

/** A place at which the replay wrote something else than was written. */
export interface Divergence {
  readonly run: RunId;
  readonly service: SandboxService['service'];
  /** When the original decided, RFC 3339. */
  readonly at: string;
  /** What was handled: topic and offset. */
  readonly trigger: string;
  readonly why: string;
  readonly difference?: Difference;
  readonly original?: Json;
  readonly replayed?: Json;
}

/** What came of a call, and how long it took, for whoever plays the tape under other rules. */
export interface TapedOutcome {
  readonly work: Pick<ExecutionWork, 'kind' | 'attempt'>;
  /** Id of the grant, or of the question, that the call was made under. */
  readonly grant: string;
  readonly outcome: Outcome;
  /** From the event that asked for it to the event that says what came of it, milliseconds. */
  readonly took: number;
}

export interface ExactOptions {
  readonly tape: PartitionTape;
  readonly controls: ControlTimeline;
  readonly sandbox: Sandbox;
  /** What is compared; events of other runs are only folded. */
  readonly isCompared: (run: RunId) => boolean;
  readonly onDivergence: (divergence: Divergence) => void;
  readonly onOutcome?: (found: TapedOutcome) => void;
  /** Only these services; all unless given. */
  readonly only?: ReadonlySet<SandboxService['service']>;
}

/** Events that were compared. */
export interface Compared {
  readonly events: number;
  /** Inputs for which nothing was written, and nothing would be. */
  readonly quiet: number;
}

/**
 * Has the services decide once more what they decided in one partition, on the same inputs, in the same order and at the same time, and
 * compares byte for byte. What is compared is equal up to there, so what a service reads is what the others of the sandbox have written.
 */
export class ExactReplay {
  private readonly services: readonly ServiceReplay[];

  constructor(options: ExactOptions) {
    this.services = options.sandbox.services.filter(({ service }) => options.only?.has(service) ?? true).map((service) => new ServiceReplay(service, options));
  }

  /** Folds what lies before the first event that is compared, as a service does when it takes over. */
  restore(): void {
    for (const service of this.services) service.restore();
  }

  async run(): Promise<Compared> {
    let [events, quiet] = [0, 0];
    for (const service of this.services) {
      const done = await service.run();
      events += done.events;
      quiet += done.quiet;
    }
    return { events, quiet };
  }
}

/** Restores and replays. */
export const replayExactly = (options: ExactOptions): Promise<Compared> => {
  const replay = new ExactReplay(options);
  replay.restore();
  return replay.run();
};

const NOTHING = Buffer.from('{"data":{}}');

/** Encrypted anew each time: it is compared by its being there. */
const SEALED = 'credential';

const comparable = (value: Buffer): JsonObject => {
  const event = JSON.parse(value.toString()) as JsonObject;
  const data = event['data'] as JsonObject;
  return SEALED in data ? { ...event, data: { ...data, [SEALED]: '(sealed)' } } : event;
};

class ServiceReplay {
  private state: unknown;
  /** Inputs of the compared runs for which the service wrote nothing, by topic, oldest first. */
  private readonly quiet = new Map<TapedTopic, Taped[]>();
  /** Work that an own event asked for, and when it did, by the id of the event. */
  private readonly works = new Map<string, { readonly at: Instant; readonly asked: readonly ExecutionWork[] }>();
  private turns: readonly Turn[] = [];
  private compared = 0;
  private unsaid = 0;

  constructor(
    private readonly service: SandboxService,
    private readonly options: ExactOptions,
  ) {
    this.state = service.step.initialState();
  }

  restore(): void {
    const { service, options } = this;
    this.turns = turnsOf(options.tape.topics[service.output]);
    this.findQuiet(new Set(this.turns.map(({ trigger }) => placeOf(trigger))));
    const first = this.turns.findIndex((turn) => this.comparedIn(turn) !== undefined);
    const until = first < 0 ? this.turns.length : first;
    for (const turn of this.turns.slice(0, until)) for (const each of turn.events) this.fold(each);
    this.turns = this.turns.slice(until);
  }

  async run(): Promise<{ readonly events: number; readonly quiet: number }> {
    const { service, options } = this;
    for (const turn of this.turns) {
      if (service.service === 'executor') options.sandbox.hold(turn.events.flatMap(({ signedWith }) => signedWith ?? []));
      await this.hearQuiet(turn);
      const run = this.comparedIn(turn);
      const divergence = run === undefined ? undefined : await this.replay(turn, run);
      if (divergence) options.onDivergence(divergence);
      else if (run !== undefined) this.compared += turn.events.length;
      for (const each of turn.events) this.fold(each);
    }
    for (const topic of service.inputs) await this.demandQuiet(topic, Infinity);
    return { events: this.compared, quiet: this.unsaid };
  }

  private comparedIn({ events }: Turn): RunId | undefined {
    return events.map(({ run }) => run).find((run) => run !== undefined && this.options.isCompared(run));
  }

  /** Inputs that led to nothing. */
  private findQuiet(triggers: ReadonlySet<string>): void {
    const { service, options } = this;
    for (const topic of service.inputs) {
      for (const each of options.tape.topics[topic]) {
        const { run, type } = each;
        if (!service.handles.has(type) || triggers.has(`${topic}/${each.record.offset}`) || run === undefined || !options.isCompared(run)) continue;
        const waiting = this.quiet.get(topic) ?? [];
        this.quiet.set(topic, waiting);
        waiting.push(each);
      }
    }
  }

  private fold({ event, cause, at }: Taped): void {
    const { step } = this.service;
    this.state = step.evolve(this.state, event, cause);
    const asked = step.workFor?.(this.state, event, cause) ?? [];
    if (asked.length > 0) this.works.set(event.id, { at, asked });
  }

  private moment(now: Instant, controlEpoch: number): Moment<ControlState> {
    return { now, partition: this.options.tape.partition, controls: this.options.controls.at(controlEpoch), controlEpoch };
  }

  private async replay(turn: Turn, run: RunId): Promise<Divergence | undefined> {
    if (!isOwn(turn, this.service.output)) return this.replayInput(turn, run);
    return this.service.service === 'executor' ? this.replayWork(turn, run) : this.replayDue(turn, run);
  }

  private async replayInput(turn: Turn, run: RunId): Promise<Divergence | undefined> {
    const topic = this.service.inputs.find((each) => each === turn.trigger.topic);
    const input = topic && atOffset(this.options.tape.topics[topic], turn.trigger.offset);
    if (!input) return this.diverged(run, turn, { why: 'what it was written for is not on the tape' });
    const moment = this.moment(turn.now, turn.controlEpoch);
    return this.compare(run, turn, await decideWith(this.service, { ...turn, trigger: triggerOf(input), moment }, () => this.service.step.handle(receivedOf(input), this.state, moment)));
  }

  /** More than one deadline of one event may have passed at once: each is asked for, as the bus does. */
  private async replayDue(turn: Turn, run: RunId): Promise<Divergence | undefined> {
    const moment = this.moment(turn.now, turn.controlEpoch);
    const due = (await this.service.step.due?.(this.state, moment)) ?? [];
    const found = due.find(({ cause }) => cause.id === turn.trigger.id);
    if (!found) return this.diverged(run, turn, { why: 'nothing was due then' });
    return this.compare(run, turn, await decideWith(this.service, { trigger: found.cause, moment }, () => found.outgoing));
  }

  /** The outcome of a call comes from the tape. */
  private async replayWork(turn: Turn, run: RunId): Promise<Divergence | undefined> {
    const { step } = this.service;
    const moment = this.moment(turn.now, turn.controlEpoch);
    const { id } = turn.trigger;
    const known = this.works.get(id);
    let first: Divergence | undefined;
    for (const work of this.worksOf(id)) {
      for (const outcome of outcomesOf(work, turn)) {
        const decided = await decideWith(this.service, { trigger: work.cause, moment }, () => step.done?.(work, { result: outcome }, this.state, moment) ?? []);
        const divergence = this.compare(run, turn, decided);
        if (!divergence) {
          this.works.delete(id);
          this.options.onOutcome?.({ work: { kind: work.kind, attempt: work.attempt }, grant: work.grant.id, outcome, took: turn.now - (known?.at ?? turn.now) });
          return undefined;
        }
        first ??= divergence;
      }
    }
    return first ?? this.diverged(run, turn, { why: 'no call was under way of which this could be the outcome' });
  }

  /** Work that an event asked for. All that is open is looked through only where none of the first fits: it may be thousands of calls. */
  private *worksOf(id: string): Iterable<ExecutionWork> {
    yield* this.works.get(id)?.asked ?? [];
    yield* (this.service.step.openWork?.(this.state, this.options.tape.partition) ?? []).filter(({ cause }) => cause.id === id);
  }

  private compare(run: RunId, turn: Turn, decided: Decided): Divergence | undefined {
    if ('code' in decided) return this.diverged(run, turn, { why: `it would be a dead letter now: ${decided.code}: ${decided.message}` });
    for (const [index, original] of turn.events.entries()) {
      const replayed = decided.events[index];
      if (!replayed) return this.diverged(run, turn, { why: `\`${original.type}\` was written, and would not be`, original: comparable(original.record.value ?? NOTHING) });
      const value = original.record.value ?? NOTHING;
      if (replayed.value.equals(value)) continue;
      const [one, other] = [comparable(value), comparable(replayed.value)];
      const difference = firstDifference(one, other);
      if (difference) return this.diverged(run, turn, { why: `\`${original.type}\` differs at \`${difference.pointer}\``, difference, original: one, replayed: other });
    }
    const more = decided.events[turn.events.length];
    return more && this.diverged(run, turn, { why: `\`${more.event.type}\` would be written, and was not`, replayed: comparable(more.value) });
  }

  /** What led to nothing leads to nothing: asked as soon as it was there, and again until the time by which it has been handled. */
  private async hearQuiet(turn: Turn): Promise<void> {
    for (const topic of this.service.inputs) {
      if (turn.trigger.topic === topic && !turn.redrive) await this.demandQuiet(topic, turn.trigger.offset);
      const waiting = this.quiet.get(topic) ?? [];
      while (waiting[0] && waiting[0].record.timestamp <= turn.now && !(await this.saidOf(waiting[0], turn.controlEpoch))) {
        waiting.shift();
        this.unsaid += 1;
      }
    }
  }

  private async demandQuiet(topic: TapedTopic, before: number): Promise<void> {
    const waiting = this.quiet.get(topic) ?? [];
    while (waiting[0] && waiting[0].record.offset < before) {
      const input = waiting.shift() as Taped;
      const said = await this.saidOf(input, input.controlEpoch);
      const { run } = input;
      if (!said || run === undefined) this.unsaid += 1;
      else this.options.onDivergence({ run, service: this.service.service, at: timestamp(input.at), trigger: `${topic}/${input.record.offset}`, why: `nothing was written for \`${input.type}\`, and \`${said.type}\` would be`, replayed: said.event });
    }
  }

  /** The first event that would be written for an input; none where it would be a dead letter. */
  private async saidOf(input: Taped, controlEpoch: number): Promise<{ readonly type: string; readonly event: JsonObject } | undefined> {
    const moment = this.moment(Math.max(input.at, input.record.timestamp) as Instant, Math.max(controlEpoch, input.controlEpoch));
    const decided = await decideWith(this.service, { trigger: triggerOf(input), moment }, () => this.service.step.handle(receivedOf(input), this.state, moment));
    const first = 'events' in decided ? decided.events[0] : undefined;
    return first && { type: first.event.type, event: comparable(first.value) };
  }

  private diverged(run: RunId, { trigger, now }: Turn, found: Pick<Divergence, 'why' | 'difference' | 'original' | 'replayed'>): Divergence {
    return { run, service: this.service.service, at: timestamp(now), trigger: placeOf(trigger), ...found };
  }
}

const placeOf = ({ topic, offset }: Taped['cause']): string => `${topic}/${offset}`;

/** Doors are not co-partitioned with the log, so a cause there names its partition. */
export const triggerOf = ({ topic, cause, record }: Taped): Taped['cause'] => (topic === 'ballots' ? { id: cause.id, topic, partition: record.partition, offset: cause.offset, sha256: cause.sha256 } : cause);
