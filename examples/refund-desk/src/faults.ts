import { setTimeout } from 'node:timers/promises';
import { ApiError, invalidRequest } from './api-error.js';
import { integerOf, objectOf, optionalIntegerOf, optionalTextOf } from './fields.js';

const KINDS = ['slow', 'error-before-commit', 'error-after-commit', 'hang'] as const;
const FIELDS = ['kind', 'ms', 'when', 'method', 'path', 'every', 'times'];
/** Ten minutes: longer than any deadline under test. */
const LONGEST_DELAY_MS = 600_000;
const MOST_TIMES = 1_000_000;

export type FaultKind = (typeof KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** How long a slow answer takes, in milliseconds. */
  readonly ms: number;
  /** Whether `slow` and `hang` strike before the work is done or after it was committed. */
  readonly when: 'before' | 'after';
  readonly method: string | undefined;
  /** Requests whose path starts with this. */
  readonly path: string;
  /** Strikes every nth matching request: counted, not random, so that a test repeats exactly. */
  readonly every: number;
  /** Strikes at most this often. */
  readonly times: number;
}

/** The points of a request where a fault may strike. */
export interface FaultPoints {
  start(): Promise<void>;
  /** Inside the transaction, as its last step. Throws if the commit must not happen. */
  beforeCommit(): void;
  end(): Promise<void>;
}

/** What ends a request early: its caller gave up, or the service stops. */
export interface RequestEnds {
  readonly gone: AbortSignal;
  readonly stopping: AbortSignal;
}

/** Thrown to leave a request that nobody waits for any more. */
export class CallerGone extends Error {}

interface Armed {
  readonly fault: Fault;
  seen: number;
  hits: number;
}

/** The faults that are switched on in this process. */
export class FaultSwitches {
  #armed: Armed[] = [];

  set(faults: readonly Fault[]): void {
    this.#armed = faults.map((fault) => ({ fault, seen: 0, hits: 0 }));
  }

  list(): readonly object[] {
    return this.#armed.map(({ fault, seen, hits }) => ({ ...fault, seen, hits }));
  }

  /** Counts the request and gives the points for the first fault that is due for it. */
  draw(method: string, path: string, ends: RequestEnds): FaultPoints {
    let due: Fault | undefined;
    for (const armed of this.#armed) {
      if (armed.fault.method !== undefined && armed.fault.method !== method) continue;
      if (!path.startsWith(armed.fault.path)) continue;
      armed.seen += 1;
      if (due !== undefined || armed.seen % armed.fault.every !== 0 || armed.hits >= armed.fault.times) continue;
      armed.hits += 1;
      due = armed.fault;
    }
    return due === undefined ? noFault : pointsOf(due, ends);
  }
}

/** Reads the body of `POST /faults`: one fault or several; kind `none` stands for no fault. */
export function faultsFrom(body: unknown): Fault[] {
  const list: unknown[] = Array.isArray(body) ? body : [body];
  return list.flatMap((one) => {
    const fields = objectOf(one, FIELDS);
    if (fields['kind'] === 'none') return [];
    const kind = KINDS.find((known) => known === fields['kind']);
    if (kind === undefined) throw invalidRequest(`\`kind\` must be one of ${KINDS.join(', ')}, none`);
    const when = fields['when'] ?? 'before';
    if (when !== 'before' && when !== 'after') throw invalidRequest('`when` must be `before` or `after`');
    return [
      {
        kind,
        ms: kind === 'slow' ? integerOf(fields, 'ms', 1, LONGEST_DELAY_MS) : 0,
        when,
        method: optionalTextOf(fields, 'method', 8),
        path: optionalTextOf(fields, 'path', 256) ?? '/',
        every: optionalIntegerOf(fields, 'every', 1, MOST_TIMES) ?? 1,
        times: optionalIntegerOf(fields, 'times', 1, MOST_TIMES) ?? MOST_TIMES,
      },
    ];
  });
}

export const noFault: FaultPoints = {
  start: () => Promise.resolve(),
  beforeCommit: () => undefined,
  end: () => Promise.resolve(),
};

function pointsOf(fault: Fault, ends: RequestEnds): FaultPoints {
  const strike = async (when: Fault['when']): Promise<void> => {
    if (fault.when !== when) return;
    if (fault.kind === 'slow') await elapsed(fault.ms, ends.stopping);
    if (fault.kind === 'hang') await callerGone(AbortSignal.any([ends.gone, ends.stopping]));
  };
  return {
    start: () => strike('before'),
    beforeCommit: () => {
      if (fault.kind === 'error-before-commit') throw switchedOn('before');
    },
    end: async () => {
      // A request that commits nothing, such as a read, never came to `beforeCommit`.
      if (fault.kind === 'error-before-commit') throw switchedOn('before');
      if (fault.kind === 'error-after-commit') throw switchedOn('after');
      await strike('after');
    },
  };
}

/** The slow work goes on when its caller has given up, as it would anywhere: only a stop of the service ends it. */
async function elapsed(ms: number, stopping: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal: stopping }).catch((cause: unknown) => {
    throw new CallerGone('the service stopped', { cause });
  });
}

async function callerGone(gone: AbortSignal): Promise<never> {
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
  throw new CallerGone('the caller gave up');
}

function switchedOn(when: 'before' | 'after'): ApiError {
  return new ApiError(500, 'fault_switched_on', `a fault is switched on: failed ${when} the commit`);
}
