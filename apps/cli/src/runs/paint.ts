import type { RunOutcome } from '@countersign/contracts';
import type { ActionStatus, ApprovalStatus, RunStatus, RunSummary } from '../ledger/shapes.js';
import type { Colors } from '../terminal/terminal.js';

type Tone = 'good' | 'bad' | 'odd' | 'busy' | 'dull';

const TONES: Readonly<Record<RunOutcome | ActionStatus | ApprovalStatus | RunStatus, Tone>> = {
  succeeded: 'good',
  verified: 'good',
  granted: 'good',
  denied: 'bad',
  stopped: 'bad',
  failed: 'bad',
  invalid: 'bad',
  refused: 'bad',
  diverged: 'bad',
  unverified: 'odd',
  compensated: 'odd',
  unknown: 'odd',
  disapproved: 'odd',
  rejected: 'odd',
  expired: 'odd',
  withdrawn: 'odd',
  asked: 'busy',
  waiting: 'busy',
  pending: 'busy',
  running: 'busy',
  submitted: 'dull',
  proposed: 'dull',
  deferred: 'busy',
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

/** What became of a run, or where it is. */
export const stateOf = ({ outcome, status }: Pick<RunSummary, 'outcome' | 'status'>): RunOutcome | RunStatus => outcome ?? status;
