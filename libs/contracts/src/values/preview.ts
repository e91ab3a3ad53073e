import { ArrayMaxSize, IsIn, Matches } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { IsCount, IsPart, IsParts, IsScalar, IsSha256, IsText, Optional } from './decorators.js';
import { OUTCOME_CODE } from './patterns.js';
import { CHANGE_UNITS, MAX_CHANGES, MAX_SHOWN_TEXT, PREVIEW_KINDS, type ChangeUnit, type PreviewKind } from './vocabulary.js';

/** A value of a field as people see it: a text, a number or a yes or no. What a list or an object is stands as its canonical JSON. */
export type Shown = string | number | boolean;

/** One line of what would change. Where both sides are there and differ, that is what changes. */
export class PreviewChange {
  /** As the tool contract calls it. */
  @IsText(120) field!: string;
  /** Words of the outside system or of the agent: data, and never an instruction. Absent: there is none. */
  @Optional() @IsScalar(MAX_SHOWN_TEXT) now?: Shown;
  @Optional() @IsScalar(MAX_SHOWN_TEXT) after?: Shown;
  /** Absent: as it is. */
  @Optional() @IsIn(CHANGE_UNITS) unit?: ChangeUnit;
}

/** Why there is nothing to be shown. */
export class NoPreview {
  @Matches(OUTCOME_CODE) code!: string;
  /** Our own words, and none of the tool's. */
  @IsText(300) message!: string;
}

/** What an action would do, as the tool's own dry run or a read of its target says it. Made by the executor, shown to people, bound by their votes. */
export class Preview {
  /** `none`: there is none, and `reason` says why. */
  @IsIn(PREVIEW_KINDS) kind!: PreviewKind;
  @ArrayMaxSize(MAX_CHANGES) @IsParts(() => PreviewChange) changes!: PreviewChange[];
  /** Fields that found no room; absent for none. */
  @Optional() @IsCount(1) more?: number;
  /** With `none` alone. */
  @Optional() @IsPart(() => NoPreview) reason?: NoPreview;
  /** SHA-256 of the canonical form of `kind`, `changes` and `more`. */
  @IsSha256() hash!: Sha256;
}
