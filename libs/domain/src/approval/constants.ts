import { days, hours, seconds } from '@countersign/kernel';
import type { BallotRefusal } from './approval-context.js';

/** Longer than a holiday; who is away for longer has their roles changed. */
export const MAX_DELEGATION = days(60);
/** Of one person, those that are over not counted. */
export const MAX_STANDING = 50;
/** What goes on for longer deserves a rule. */
export const MAX_CONSENT = hours(4);

/** What would change is waited for so long, by the log's time; people are asked without it then. */
export const PREVIEW_WAIT = seconds(30);

/** Of why something is so, as a person's is. */
export const LONGEST_REASON = 500;

/** Refusals that no honest mistake explains, or that somebody should hear of all the same: who may not vote tries to, or what is voted on is not what is asked. */
export const ALARMING_REFUSALS: ReadonlySet<string> = new Set<string>([
  'voter.is-subject',
  'voter.is-author',
  'voter.not-asked',
  'voter.lacks-role',
  'action.differs',
  'run.differs',
  'vote.stale',
  'vote.no-step-up',
  'preview.differs',
  'vote.in-slack',
  'delegation.unknown',
  'standing.not-yours',
] satisfies BallotRefusal['code'][]);
