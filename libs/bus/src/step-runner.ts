import type { Cause, Event } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf } from '@countersign/kernel';
import { checkPartition, compose, type Composed, type Unit } from './compose.js';
import type { Redrive } from './redrive-list.js';
import { handlerFault } from './dead-letters.js';
import type { OutputLog } from './output-log.js';
import type { OwnerContext } from './owner-context.js';
import { findOne } from './redrive.js';
import type { Round } from './round.js';
import type { Moment, Outgoing, Received, WorkItem } from './step.js';
import type { TopicQueue } from './topic-queue.js';

/** One decision of the step: what is handled, and how it is named when it is tried again. */
interface Task extends Omit<Unit, 'outgoing'> {
  readonly trigger: Cause;
  /** Same for the same thing, however often it is tried. */
  readonly name: string;
  readonly decide: () => readonly Outgoing[] | Promise<readonly Outgoing[]>;
}

/** What it wants written cannot be: its fault, and not that of the input, unless there is simply too much of it. */
const outputFault = (fault: unknown): CountersignError =>
  fault instanceof CountersignError && fault.code === 'EVENT_TOO_LARGE' ? fault : new CountersignError('HANDLER_FAILED', messageOf(fault), { cause: fault });

const causeOf = ({ event, topic, partition, offset, sha256 }: Received, coPartitioned: boolean): Cause => ({
  id: event.id,
  topic,
  ...(coPartitioned ? {} : { partition }),
  offset,
  sha256,
});

/** Lets the step of one partition decide, and folds what it decides at once. */
export class StepRunner<State, Controls, Work extends WorkItem, Result> {
  /** What the step decided on these could not be folded: they go to the dead letters untried. */
  private readonly poisoned = new Map<string, unknown>();
  /** Trace context of what asked for work; work that is restored begins a trace of its own. */
  private readonly traces = new WeakMap<Work, string>();

  constructor(
    private readonly context: OwnerContext<State, Controls, Work, Result>,
    private readonly partition: number,
    private readonly output: OutputLog<State>,
  ) {}

  traceOf(work: Work): string | undefined {
    return this.traces.get(work);
  }

  /** Work that an event asks for that was just folded in. */
  workFor(event: Event, cause: Cause, traceparent: string | undefined): readonly Work[] {
    const works = this.context.step.workFor?.(this.output.fold.state, event, cause) ?? [];
    if (traceparent !== undefined) for (const work of works) this.traces.set(work, traceparent);
    return works;
  }

  /** Handles an input; one whose handling fails is rejected. */
  async handle(round: Round<Work, Result>, moment: Moment<Controls>, received: Received, queue: TopicQueue, redrive?: Redrive): Promise<void> {
    const { step, stats, traceparent } = this.context;
    stats.handled += 1;
    const fault = await this.run(round, moment, {
      name: `${received.topic} ${received.offset}`,
      trigger: causeOf(received, queue.isCoPartitioned),
      redrive: redrive?.control,
      traceparent: traceparent(received),
      decide: () => step.handle(received, this.output.fold.state, moment),
    });
    if (fault) round.reject(received.record, fault);
  }

  /** Gives the fault of the step, if there was one: then nothing of the task is in the round. */
  async run(round: Round<Work, Result>, moment: Moment<Controls>, { name, decide, ...unit }: Task): Promise<CountersignError | undefined> {
    if (this.poisoned.has(name)) return outputFault(this.poisoned.get(name));
    let outgoing: readonly Outgoing[];
    try {
      const decided = decide();
      outgoing = decided instanceof Promise ? await decided : decided;
    } catch (fault) {
      return handlerFault(fault);
    }
    let composed: readonly Composed[];
    try {
      composed = this.compose({ ...unit, outgoing }, moment);
    } catch (fault) {
      return outputFault(fault);
    }
    try {
      for (const one of composed) this.fold(round, one);
    } catch (fault) {
      this.poisoned.set(name, fault);
      this.output.spoil();
      throw fault;
    }
    return undefined;
  }

  /** What a deadline or a result rests on is what a person has to look at. */
  async rejectOwn(round: Round<Work, Result>, { offset }: Cause, fault: CountersignError): Promise<void> {
    const { broker, target, output, log } = this.context;
    const record = await findOne(broker, target(output, this.partition), offset);
    if (record) round.reject(record, fault);
    else log.error('a deadline or result was dropped, and its cause is gone', { partition: this.partition, offset, code: codeOf(fault) });
  }

  private compose(unit: Unit, { now, controlEpoch }: Moment<Controls>): readonly Composed[] {
    if (unit.outgoing.length === 0) return [];
    const { wire, service, partitions } = this.context;
    const composed = compose(unit, { wire, service, now, controlEpoch });
    checkPartition(composed, this.partition, partitions);
    return composed;
  }

  private fold(round: Round<Work, Result>, composed: Composed): void {
    const cause = this.output.speculate(composed.event, composed.value);
    round.add(composed);
    round.works.push(...this.workFor(composed.event, cause, composed.traceparent));
  }
}
