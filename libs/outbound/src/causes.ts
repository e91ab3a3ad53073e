import { CallRefused } from './destinations.js';

/** Longest chain of causes that is followed. */
const DEPTH = 5;

/** One of the faults that made a request fail. */
export interface RequestCause {
  readonly code: string;
  readonly syscall: unknown;
  /** We did not let it leave. */
  readonly isOurs: boolean;
}

/** Why a request failed, from what was thrown down to what the network said. */
export const causesOf = (fault: unknown): readonly RequestCause[] => {
  const causes: RequestCause[] = [];
  let here: unknown = fault;
  for (let depth = 0; depth < DEPTH && typeof here === 'object' && here !== null; depth += 1) {
    const { code, syscall, cause } = here as { code?: unknown; syscall?: unknown; cause?: unknown };
    if (typeof code === 'string') causes.push({ code, syscall, isOurs: here instanceof CallRefused });
    here = cause;
  }
  return causes;
};
