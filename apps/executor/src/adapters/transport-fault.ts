import type { ToolAnswer } from './tool-client.js';

/** Faults before the first byte of a request has left: there can be no effect. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID']);

/** Longest chain of causes that is followed. */
const DEPTH = 5;

const codesOf = (fault: unknown): string[] => {
  const codes: string[] = [];
  let here: unknown = fault;
  for (let depth = 0; depth < DEPTH && typeof here === 'object' && here !== null; depth += 1) {
    const { code, cause } = here as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') codes.push(code);
    here = cause;
  }
  return codes;
};

/** What a failed request means for the effect. Whatever is not known to be harmless is `broken`: the effect may be there. */
export const answerOfFault = (fault: unknown, signal: AbortSignal): ToolAnswer => {
  const codes = codesOf(fault);
  const notSent = codes.find((code) => NOT_SENT.has(code));
  if (notSent !== undefined) return { kind: 'not-sent', code: notSent };
  if (signal.aborted) return { kind: 'timeout' };
  return { kind: 'broken', code: codes.at(-1) ?? 'UNKNOWN' };
};
