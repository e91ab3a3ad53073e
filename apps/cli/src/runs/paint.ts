import type { RunOutcome } from '@countersign/contracts';
import type { ActionStatus, ApprovalView, ListedRun } from '../ledger/shapes.js';
import type { Colors } from '../terminal/terminal.js';

/** Where an open run is. */
export type RunStage = 'submitted' | 'running' | 'waiting' | 'closed';

type Tone = 'good' | 'bad' | 'odd' | 'busy' | 'dull';

const TONES: Readonly<Record<RunOutcome | ActionStatus | ApprovalView['status'] | RunStage, Tone>> = {
  succeeded: 'good',
  verified: 'good',
  granted: 'good',
  denied: 'bad',
  failed: 'bad',
  invalid: 'bad',
  refused: 'bad',
  diverged: 'bad',
  unverified: 'odd',
  unknown: 'odd',
  disapproved: 'odd',
  rejected: 'odd',
  expired: 'odd',
  asked: 'busy',
  waiting: 'busy',
  open: 'busy',
  running: 'busy',
  submitted: 'dull',
  proposed: 'dull',
  allowed: 'dull',
  skipped: 'dull',
  closed: 'dull',
};

/** A word for a state in the colour that it has everywhere. */
export const paint = (word: keyof typeof TONES, colors: Colors, text: string = word): string => {
  switch (TONES[word]) {
    case 'good':
      return colors.green(text);
    case 'bad':
      return colors.red(text);
    case 'odd':
      return colors.yellow(text);
    case 'busy':
      return colors.cyan(text);
    case 'dull':
      return colors.dim(text);
    // A word that a newer ledger knows and this command line does not.
    default:
      return text;
  }
};

/** What became of a run, or where it is; it waits where only people can make it go on. */
export const stateOf = ({ outcome, status, openedAt, waiting }: Pick<ListedRun, 'outcome' | 'status' | 'openedAt' | 'waiting'>): RunOutcome | RunStage => {
  if (outcome !== null) return outcome;
  if (status === 'closed') return 'closed';
  if (openedAt === null) return 'submitted';
  return waiting.length > 0 && waiting.every((each) => each.for === 'people') ? 'waiting' : 'running';
};
