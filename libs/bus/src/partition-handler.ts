import type { Cause } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf, type Instant } from '@countersign/kernel';
import type { Inputs, NextInput } from './inputs.js';
import type { OpenWorks } from './open-works.js';
import type { Folded } from './output-fold.js';
import type { OutputLog } from './output-log.js';
import { DUE_RETRY, type OwnerContext } from './owner-context.js';
import { PartitionRedrives } from './partition-redrives.js';
import { Round } from './round.js';
import type { Late, Moment, Outgoing, WorkItem } from './step.js';
import { StepRunner } from './step-runner.js';

/** A step may have more due than it says at once; inputs come between. */
const MAX_DUE_AT_ONCE = 64;

/** Takes what one partition has to handle, round by round. Nothing of a round counts before it is in the log. */
export class PartitionHandler<State, Controls, Work extends WorkItem, Result> {
  private readonly runner: StepRunner<State, Controls, Work, Result>;
  private readonly redrives: PartitionRedrives<State, Controls, Work, Result>;
  private readonly failedLate = new Set<string>();
  private dueAfter = 0;

  constructor(
    private readonly context: OwnerContext<State, Controls, Work, Result>,
    private readonly partition: number,
    private readonly output: OutputLog<State>,
    private readonly works: OpenWorks<Work, Result>,
  ) {
    this.runner = new StepRunner(context, partition, output);
    this.redrives = new PartitionRedrives(context, partition, output, works, this.runner);
  }

  /** Takes everything that can be handled now, up to a full batch; results only while the partition is handed over. */
  async collect(inputs: Inputs, leaving: boolean): Promise<Round<Work, Result>> {
    const round = new Round<Work, Result>();
    await this.takeResults(round, this.moment());
    if (leaving) return round;
    await this.takeDue(round, this.moment());
    await this.redrives.take(round, () => this.moment(), inputs);
    while (round.hasRoom && !this.works.isFull) {
      const next = inputs.next();
      if (!next) break;
      await this.takeInput(round, this.moment(), next);
    }
    return round;
  }

  /** Work that an event of a round asks for that turned out to lie elsewhere than it was folded ahead. */
  workFor({ events }: Round<Work, Result>, { event, cause }: Folded): readonly Work[] {
    return this.runner.workFor(event, cause, events.find((composed) => composed.event.id === event.id)?.traceparent);
  }

  /** When there is something due; `undefined` for never. */
  nextDue(): Instant | undefined {
    const { step, controls } = this.context;
    const at = step.nextDue?.(this.output.fold.state, controls.state);
    return at === undefined ? undefined : (Math.max(at, this.dueAfter) as Instant);
  }

  /** All open work was started anew. */
  restored(): void {
    this.redrives.restored();
  }

  /** Controls may come between two inputs of a round, and the second one may have waited for them. */
  private moment(): Moment<Controls> {
    const { timers, controls } = this.context;
    return { now: timers.now(), partition: this.partition, controls: controls.state, controlEpoch: controls.epoch };
  }

  private async takeResults(round: Round<Work, Result>, moment: Moment<Controls>): Promise<void> {
    const { step } = this.context;
    for (const finished of this.works.finished()) {
      if (!round.hasRoom) return;
      const { work, outcome } = finished;
      round.finished.push(finished);
      round.moved = true;
      const decide = (): readonly Outgoing[] => step.done?.(work, outcome, this.output.fold.state, moment) ?? [];
      const fault = await this.runner.run(round, moment, { name: `work ${work.id}`, trigger: work.cause, traceparent: this.runner.traceOf(work), decide });
      if (fault) await this.runner.rejectOwn(round, work.cause, fault);
    }
  }

  private async takeDue(round: Round<Work, Result>, moment: Moment<Controls>): Promise<void> {
    for (let asked = 0; asked < MAX_DUE_AT_ONCE && this.isDue(moment); asked += 1) {
      const written = round.events.length;
      for (const { cause, outgoing } of await this.late(moment)) {
        if (!round.hasRoom) return;
        await this.takeLate(round, moment, cause, outgoing);
      }
      // Still due, and nothing came of it: asking again at once would go on for ever.
      if (round.events.length === written && this.isDue(moment)) this.dueAfter = moment.now + DUE_RETRY;
    }
  }

  private isDue({ now }: Moment<Controls>): boolean {
    const at = this.nextDue();
    return at !== undefined && at <= now;
  }

  private async late(moment: Moment<Controls>): Promise<readonly Late[]> {
    const { step, log } = this.context;
    try {
      return (await step.due?.(this.output.fold.state, moment)) ?? [];
    } catch (fault) {
      log.error('the step cannot say what is due', { partition: this.partition, code: codeOf(fault), reason: messageOf(fault) });
      return [];
    }
  }

  private async takeLate(round: Round<Work, Result>, moment: Moment<Controls>, cause: Cause, outgoing: readonly Outgoing[]): Promise<void> {
    const name = `due ${cause.offset}`;
    const fault = await this.runner.run(round, moment, { name, trigger: cause, decide: () => outgoing });
    // It stays due, and is tried again; one dead letter is enough.
    if (fault && !this.failedLate.has(name)) await this.runner.rejectOwn(round, cause, fault);
    if (fault) this.failedLate.add(name);
  }

  private async takeInput(round: Round<Work, Result>, moment: Moment<Controls>, { queue, head }: NextInput): Promise<void> {
    queue.take();
    round.moved = true;
    if (head.kind === 'rejected') round.reject(head.record, new CountersignError(head.code, head.message));
    else if (head.kind === 'foreign') round.reject(head.record, new CountersignError('EVENT_NOT_CLOUDEVENT', 'the record is no event of ours'));
    else if (head.received.offset < this.output.fold.watermark(queue.local)) this.context.stats.skipped += 1;
    else await this.runner.handle(round, moment, head.received, queue);
  }
}
