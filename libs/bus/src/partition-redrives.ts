import { CountersignError } from '@countersign/kernel';
import type { Redrive } from './redrive-list.js';
import type { Inputs } from './inputs.js';
import type { OpenWorks } from './open-works.js';
import type { OutputLog } from './output-log.js';
import type { OwnerContext } from './owner-context.js';
import { readAgain } from './redrive.js';
import type { Round } from './round.js';
import type { Moment, WorkItem } from './step.js';
import type { StepRunner } from './step-runner.js';
import type { TopicQueue } from './topic-queue.js';

/**
 * Dead letters of one partition that people want handled once more, in place. Which ones were is known from the log (what is
 * written because of a redrive names its control as a cause) and, for those that came to nothing, from the commits. Only a
 * crash within the moment before a commit makes such a one come to be handled twice, and that it came to nothing means that
 * it may.
 */
export class PartitionRedrives<State, Controls, Work extends WorkItem, Result> {
  /** Newest control about work that was carried out. */
  private restarted = -1;

  constructor(
    private readonly context: OwnerContext<State, Controls, Work, Result>,
    private readonly partition: number,
    private readonly output: OutputLog<State>,
    private readonly works: OpenWorks<Work, Result>,
    private readonly runner: StepRunner<State, Controls, Work, Result>,
  ) {}

  /** All open work is started again after a restore: what redrives of it asked for before that is done. */
  restored(): void {
    this.restarted = this.of(this.context.output).at(-1)?.control.offset ?? -1;
  }

  async take(round: Round<Work, Result>, moment: () => Moment<Controls>, inputs: Inputs): Promise<void> {
    const { output } = this.context;
    for (const queue of inputs.all()) {
      const done = Math.max(queue.redriven, this.output.fold.lastRedrive(queue.local));
      for (const redrive of this.of(queue.local, done)) {
        if (!round.hasRoom || !(await this.takeOne(round, moment, redrive, queue, inputs))) break;
      }
    }
    for (const { offset, control } of this.of(output, this.restarted)) this.restart(offset, control.offset);
  }

  private of(topic: string, after = -1): readonly Redrive[] {
    const { controls, service } = this.context;
    return controls.redrives(service, topic, this.partition, after);
  }

  /** False where it has to wait. What is no dead letter was handled: doing it again could do it twice. */
  private async takeOne(round: Round<Work, Result>, moment: () => Moment<Controls>, redrive: Redrive, queue: TopicQueue, inputs: Inputs): Promise<boolean> {
    const { broker, wire, stats, log, deadLetters } = this.context;
    const { offset, control } = redrive;
    const place = { topic: queue.local, partition: this.partition, offset };
    if (offset >= queue.position || !(await deadLetters.has(place, this.lastTime(redrive)))) {
      log.warn('a record that is no dead letter is not handled once more', { ...place, control: control.offset });
    } else {
      const again = await readAgain({ broker, wire, local: queue.local, target: queue.target, offset });
      if (again.kind === 'event') {
        if (inputs.isHeld(again.received, again.causes)) return false;
        await this.runner.handle(round, moment(), again.received, queue, redrive);
      }
      if (again.kind === 'rejected') round.reject(again.record, new CountersignError(again.code, again.message));
      log.info('a record was handled once more', { ...place, control: control.offset, found: again.kind });
      stats.redriven += 1;
    }
    queue.redrive(control.offset);
    round.moved = true;
    return true;
  }

  /** When the same record was asked for before: if that went well, there is no newer dead letter of it. */
  private lastTime(redrive: Redrive): number {
    const same = this.of(redrive.topic).filter(({ offset, control }) => offset === redrive.offset && control.offset < redrive.control.offset);
    return same.at(-1)?.at ?? 0;
  }

  /** An own event whose work failed to be taken back: the work is done once more. */
  private restart(offset: number, control: number): void {
    this.restarted = control;
    const open = this.context.step.openWork?.(this.output.fold.state, this.partition) ?? [];
    this.works.offer(open.filter(({ cause }) => cause.offset === offset));
  }
}
