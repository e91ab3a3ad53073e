import type { Cause } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf, type Instant } from '@countersign/kernel';
import { checkPartition, compose, type Composed, type Unit } from './compose.js';
import type { Redrive } from './controls.js';
import type { Inputs, NextInput } from './inputs.js';
import type { OpenWorks } from './open-works.js';
import type { OutputLog } from './output-log.js';
import { DUE_RETRY, type OwnerContext } from './owner-context.js';
import { findOne, readAgain } from './redrive.js';
import { Round } from './round.js';
import type { Late, Moment, Outgoing, Received, WorkItem } from './step.js';
import type { TopicQueue } from './topic-queue.js';

/** One decision of the step: what is handled, and where a person finds it if that fails. */
interface Task extends Omit<Unit, 'outgoing'> {
  readonly trigger: Cause;
  /** Same for the same thing, however often it is tried. */
  readonly name: string;
  readonly decide: () => readonly Outgoing[] | Promise<readonly Outgoing[]>;
}

/** A handler that knows why it refuses says so with a code (`VOTE_INVALID`); anything else that it throws is its own fault. */
const handlerFault = (fault: unknown): CountersignError =>
  fault instanceof CountersignError && fault.code !== 'INTERNAL' ? fault : new CountersignError('HANDLER_FAILED', messageOf(fault), { cause: fault });

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

/** Runs the step over what one partition has to handle, and folds what it decides at once. Nothing of it counts before the round is in the log. */
export class PartitionHandler<State, Controls, Work extends WorkItem, Result> {
  /** What the step decided on these could not be folded: they go to the dead letters untried. */
  private readonly poisoned = new Map<string, unknown>();
  private readonly failedLate = new Set<string>();
  /** Trace context of what asked for work; work that is restored begins a trace of its own. */
  private readonly traces = new WeakMap<Work, string>();
  private dueAfter = 0;
  private restarted = -1;

  constructor(
    private readonly context: OwnerContext<State, Controls, Work, Result>,
    private readonly partition: number,
    private readonly output: OutputLog<State>,
    private readonly works: OpenWorks<Work, Result>,
  ) {}

  /** Takes everything that can be handled now, up to a full batch; results only while the partition is handed over. */
  async collect(inputs: Inputs, leaving: boolean): Promise<Round<Work, Result>> {
    const round = new Round<Work, Result>();
    const { timers, controls } = this.context;
    const moment: Moment<Controls> = { now: timers.now(), partition: this.partition, controls: controls.state, controlEpoch: controls.epoch };
    await this.takeResults(round, moment);
    if (leaving) return round;
    await this.takeDue(round, moment);
    await this.takeRedrives(round, moment, inputs);
    while (round.hasRoom) {
      const next = inputs.next();
      if (!next) break;
      await this.takeInput(round, moment, next);
    }
    return round;
  }

  /** When there is something due; `undefined` for never. */
  nextDue(): Instant | undefined {
    const at = this.context.step.nextDue?.(this.output.fold.state);
    return at === undefined ? undefined : (Math.max(at, this.dueAfter) as Instant);
  }

  /** All open work is started again after a restore: what redrives of it asked for before that is done. */
  restored(): void {
    this.restarted = Math.max(-1, ...this.redrivesOf(this.context.output).map(({ control }) => control.offset));
  }

  private async takeResults(round: Round<Work, Result>, moment: Moment<Controls>): Promise<void> {
    const { step } = this.context;
    for (const finished of this.works.finished()) {
      if (!round.hasRoom) return;
      const { work, outcome } = finished;
      round.finished.push(finished);
      round.moved = true;
      const decide = (): readonly Outgoing[] => step.done?.(work, outcome, this.output.fold.state, moment) ?? [];
      const fault = await this.run(round, moment, { name: `work ${work.id}`, trigger: work.cause, traceparent: this.traces.get(work), decide });
      if (fault) await this.rejectOwn(round, work.cause, fault);
    }
  }

  private async takeDue(round: Round<Work, Result>, moment: Moment<Controls>): Promise<void> {
    const { step, log } = this.context;
    const at = this.nextDue();
    if (!step.due || at === undefined || at > moment.now) return;
    const before = step.nextDue?.(this.output.fold.state);
    let late: readonly Late[] = [];
    try {
      late = step.due(this.output.fold.state, moment);
    } catch (fault) {
      log.error('the step cannot say what is due', { partition: this.partition, code: codeOf(fault), reason: messageOf(fault) });
    }
    for (const { cause, outgoing } of late) {
      if (!round.hasRoom) return;
      await this.takeLate(round, moment, cause, outgoing);
    }
    // Still due: asking again at once would go on for ever.
    const after = step.nextDue?.(this.output.fold.state);
    if (after !== undefined && before !== undefined && after <= before) this.dueAfter = moment.now + DUE_RETRY;
  }

  private async takeLate(round: Round<Work, Result>, moment: Moment<Controls>, cause: Cause, outgoing: readonly Outgoing[]): Promise<void> {
    const name = `due ${cause.offset}`;
    const fault = await this.run(round, moment, { name, trigger: cause, decide: () => outgoing });
    // It stays due, and is tried again; one dead letter is enough.
    if (fault && !this.failedLate.has(name)) await this.rejectOwn(round, cause, fault);
    if (fault) this.failedLate.add(name);
  }

  private async takeInput(round: Round<Work, Result>, moment: Moment<Controls>, { queue, head }: NextInput): Promise<void> {
    queue.take();
    round.moved = true;
    if (head.kind === 'rejected') round.reject(head.record, new CountersignError(head.code, head.message));
    else if (head.kind === 'foreign') round.reject(head.record, new CountersignError('EVENT_NOT_CLOUDEVENT', 'the record is no event of ours'));
    else if (head.received.offset < this.output.fold.watermark(queue.local)) this.context.stats.skipped += 1;
    else await this.handle(round, moment, head.received, queue);
  }

  private async handle(round: Round<Work, Result>, moment: Moment<Controls>, received: Received, queue: TopicQueue, redrive?: Redrive): Promise<void> {
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
  private async run(round: Round<Work, Result>, moment: Moment<Controls>, { name, decide, ...unit }: Task): Promise<CountersignError | undefined> {
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

  private compose(unit: Unit, { now }: Moment<Controls>): readonly Composed[] {
    if (unit.outgoing.length === 0) return [];
    const { wire, service, partitions } = this.context;
    const composed = compose(unit, { wire, service, now });
    checkPartition(composed, this.partition, partitions);
    return composed;
  }

  private fold(round: Round<Work, Result>, composed: Composed): void {
    const cause = this.output.speculate(composed.event, composed.value);
    round.add(composed);
    round.moved = true;
    const works = this.context.step.workFor?.(this.output.fold.state, composed.event, cause) ?? [];
    if (composed.traceparent !== undefined) for (const work of works) this.traces.set(work, composed.traceparent);
    round.works.push(...works);
  }

  private redrivesOf(topic: string): readonly Redrive[] {
    const { controls, service } = this.context;
    return controls.redrives(service, this.partition).filter((redrive) => redrive.topic === topic);
  }

  private async takeRedrives(round: Round<Work, Result>, moment: Moment<Controls>, inputs: Inputs): Promise<void> {
    const { controls, service, output } = this.context;
    if (controls.redrives(service, this.partition).length === 0) return;
    for (const queue of inputs.all()) {
      const done = Math.max(queue.redriven, this.output.fold.lastRedrive(queue.local));
      for (const redrive of this.redrivesOf(queue.local)) {
        if (redrive.control.offset <= done) continue;
        if (!round.hasRoom || !(await this.takeRedrive(round, moment, redrive, queue, inputs))) break;
      }
    }
    for (const { offset, control } of this.redrivesOf(output)) if (control.offset > this.restarted) this.restart(offset, control.offset);
  }

  /** False where it has to wait. What is no dead letter was handled: doing it again could do it twice. */
  private async takeRedrive(round: Round<Work, Result>, moment: Moment<Controls>, redrive: Redrive, queue: TopicQueue, inputs: Inputs): Promise<boolean> {
    const { broker, wire, stats, log, deadLetters } = this.context;
    const { offset, control } = redrive;
    const place = { topic: queue.local, partition: this.partition, offset };
    if (offset < queue.position && !(await deadLetters.has(place))) log.warn('a record that is no dead letter is not handled once more', { ...place, control: control.offset });
    else if (offset < queue.position) {
      const again = await readAgain({ broker, wire, local: queue.local, target: queue.target, offset });
      if (again.kind === 'event') {
        if (inputs.isHeld(again.received, again.causes)) return false;
        await this.handle(round, moment, again.received, queue, redrive);
      }
      if (again.kind === 'rejected') round.reject(again.record, new CountersignError(again.code, again.message));
      log.info('a record was handled once more', { ...place, control: control.offset, found: again.kind });
      stats.redriven += 1;
    }
    queue.redrive(control.offset);
    round.moved = true;
    return true;
  }

  /** An own event whose work failed to be taken back: the work is done once more. */
  private restart(offset: number, control: number): void {
    this.restarted = control;
    const open = this.context.step.openWork?.(this.output.fold.state) ?? [];
    this.works.offer(open.filter(({ cause }) => cause.offset === offset));
  }

  /** What a deadline or a result rests on is what a person has to look at. */
  private async rejectOwn(round: Round<Work, Result>, { offset }: Cause, fault: CountersignError): Promise<void> {
    const { broker, target, output, log } = this.context;
    const record = await findOne(broker, target(output, this.partition), offset);
    if (record) round.reject(record, fault);
    else log.error('a deadline or result was dropped, and its cause is gone', { partition: this.partition, offset, code: codeOf(fault) });
  }
}
