import { CountersignError, messageOf, type Retry } from '@countersign/kernel';

/** SQLSTATE classes and codes, from appendix A of PostgreSQL's manual. */
const CONNECTION_LOST = /^(08...|57P0[1235]|53300)$/;
const NOT_LET_IN = /^(28...|3D000)$/;
/** Serialisation failure, deadlock, lock not available: the same transaction may pass the next time. */
const COLLISION = /^(40001|40P01|55P03)$/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

const HINT = 'see whether PostgreSQL runs and whether DATABASE_URL names it; `countersign doctor` looks';

const fieldOf = (fault: object, name: string): string | undefined => {
  const value: unknown = (fault as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const unreachable = (detail: string, retry: Retry, cause?: unknown): CountersignError =>
  new CountersignError('DATABASE_UNREACHABLE', `PostgreSQL cannot be reached: ${detail}`, { retry, hint: HINT, ...(cause === undefined ? {} : { cause }) });

/**
 * What went wrong with PostgreSQL, as an error of ours. Nothing of what PostgreSQL itself says about a statement is passed on:
 * its words quote values.
 */
export const databaseFault = (fault: unknown): CountersignError => {
  if (fault instanceof CountersignError) return fault;
  const state = typeof fault === 'object' && fault !== null ? fieldOf(fault, 'code') : undefined;
  // Without an SQLSTATE it is the socket, the pool or a time limit that failed.
  if (state === undefined || !SQLSTATE.test(state)) {
    return fault instanceof TypeError || fault instanceof RangeError
      ? new CountersignError('INTERNAL', `the read model failed: ${fault.message}`, { cause: fault })
      : unreachable(messageOf(fault), 'later', fault);
  }
  if (CONNECTION_LOST.test(state)) return unreachable(`SQLSTATE ${state}`, 'later');
  if (NOT_LET_IN.test(state)) return unreachable(`it does not let us in (SQLSTATE ${state})`, 'never');
  const about = ['table', 'constraint', 'routine'].flatMap((name) => (fault ? (fieldOf(fault, name) ?? []) : []));
  const message = `PostgreSQL refused a statement with SQLSTATE ${state}${about.length > 0 ? ` (${about.join(', ')})` : ''}`;
  return new CountersignError('DATABASE_REFUSED', message, { retry: COLLISION.test(state) ? 'now' : 'never' });
};
