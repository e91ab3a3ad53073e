import type { ControlState } from '@countersign/domain';
import type { Voter } from '@countersign/read-model';

/** The people who may vote, as the directory in force has them. */
export class Directory {
  constructor(private readonly controls: () => ControlState) {}

  voters(): readonly Voter[] {
    return this.controls().active?.approvers?.document.people ?? [];
  }
}
