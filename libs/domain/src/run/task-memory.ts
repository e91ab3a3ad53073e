import type { RunId } from '@countersign/kernel';
import { digestOf, HourMemory, type FrozenHours } from '../hour-memory.js';
import { TASK_MEMORY } from './constants.js';

const PREFIX = 'run-'.length;

/**
 * Which tasks were taken up within `TASK_MEMORY`. A run's id is made of its task, so all there is to remember of a run is that it was there,
 * and in which hour it began.
 */
export class TaskMemory extends HourMemory<RunId> {
  constructor(frozen: FrozenHours = []) {
    super(TASK_MEMORY, (run) => digestOf(run.slice(PREFIX)), frozen);
  }

  /** What `freeze` gave. */
  static thaw(frozen: FrozenHours): TaskMemory {
    return new TaskMemory(frozen);
  }
}
