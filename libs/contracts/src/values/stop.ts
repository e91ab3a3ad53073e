import { IsIn, Matches } from 'class-validator';
import { IsText } from './decorators.js';
import { STOP_VALUE_PATTERN } from './patterns.js';
import { STOP_SCOPES, type StopScope } from './vocabulary.js';

/** What is stopped. A value begins with the names of what holds it, so that who may stop what can be told from the value alone. */
export class OfScope {
  @IsIn(STOP_SCOPES) scope!: StopScope;
  /** Empty for `all`; `<tenant>`, `<tenant>/<workflow>`, `<tenant>/<workflow>/<run>`, `<tenant>/<workflow>/<agent contract>`, `<tool>`. */
  @Matches(STOP_VALUE_PATTERN) @IsText(200) value!: string;
}

/** A control that stops, or lets go on. */
export class OfStop extends OfScope {
  /** For people; shown to whoever is stopped. */
  @IsText(500) reason!: string;
}
