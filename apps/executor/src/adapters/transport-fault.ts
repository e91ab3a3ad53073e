import { causesOf } from '@countersign/outbound';
import type { ToolAnswer } from './tool-client.js';

/** Faults before the first byte of a request has left: there can be no effect. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID']);

/** Linux reports these also for a request that has left: they are harmless only where the connection was never made. */
const NO_WAY = new Set(['EHOSTUNREACH', 'ENETUNREACH']);

/** What a failed request means for the effect. Whatever is not known to be harmless is `broken`: the effect may be there. */
export const answerOfFault = (fault: unknown, signal: AbortSignal): ToolAnswer => {
  const causes = causesOf(fault);
  const ours = causes.find(({ isOurs }) => isOurs);
  if (ours) return { kind: 'refused', code: ours.code };
  const notSent = causes.find(({ code, syscall }) => NOT_SENT.has(code) || (NO_WAY.has(code) && syscall === 'connect'));
  if (notSent) return { kind: 'not-sent', code: notSent.code };
  if (signal.aborted) return { kind: 'timeout' };
  return { kind: 'broken', code: causes.at(-1)?.code ?? 'UNKNOWN' };
};
