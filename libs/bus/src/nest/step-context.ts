import type { Moment } from '../step.js';

/** What a handler of an owner gets besides the event: the state of the event's partition, to read, and the moment. */
export class StepContext<State = unknown, Controls = unknown> {
  constructor(
    readonly state: State,
    readonly moment: Moment<Controls>,
  ) {}
}
