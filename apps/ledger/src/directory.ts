import type { Voter } from '@countersign/read-model';

/** The people who may vote, as the directory in force has them. */
export abstract class Directory {
  abstract voters(): readonly Voter[];
}
