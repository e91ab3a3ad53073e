import type { RunOutcome } from '@countersign/contracts';

/** What the exit code of every command means; scripts and CI rely on it. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  deniedByPolicy: 3,
  pending: 4,
  deniedByPeople: 5,
  notVerified: 6,
  failedAndCompensated: 7,
  integrity: 8,
  drift: 9,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a shell gives a command that Ctrl-C ended: 128 and the number of SIGINT. */
export const INTERRUPTED = 130;

const BY_OUTCOME: Readonly<Record<RunOutcome, ExitCode>> = {
  succeeded: EXIT.ok,
  denied: EXIT.deniedByPolicy,
  stopped: EXIT.deniedByPolicy,
  disapproved: EXIT.deniedByPeople,
  expired: EXIT.deniedByPeople,
  unverified: EXIT.notVerified,
  unknown: EXIT.notVerified,
  compensated: EXIT.failedAndCompensated,
  failed: EXIT.error,
  invalid: EXIT.error,
};

/** Every outcome that a run can have. */
export const OUTCOMES: readonly string[] = Object.keys(BY_OUTCOME);

export const exitCodeOf = (outcome: RunOutcome): ExitCode => BY_OUTCOME[outcome];

/** The code of several results at once: 0 where all went well, the code that all others share, else 1. */
export const sharedExitCode = (codes: readonly ExitCode[]): ExitCode => {
  const [first = EXIT.ok, ...others] = codes.filter((code) => code !== EXIT.ok);
  return others.every((code) => code === first) ? first : EXIT.error;
};
