import { CallRefused, causesOf, outsideFetch, retryAfterOf, webhookHeaders, type OutsidePlace } from '@countersign/outbound';
import { ATTEMPT_TIMEOUT, verdictOf, type Verdict } from '../retrying.js';

export interface Sending {
  readonly id: string;
  readonly body: string;
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** What one try came to. */
export interface Attempt {
  readonly verdict: Verdict;
  /** `http.503`, `ECONNREFUSED`, `timeout`, `destination.private`. */
  readonly code: string;
  readonly retryAfterMs?: number;
}

/** Whoever listens on the public network could read what is told: plain HTTP is for networks of one's own. */
const DESTINATION_PLAIN = 'destination.plain';

/** One request, sent once, to a place that is looked at after its name was; no redirect is followed. Of an answer only the status means anything. Never throws. */
export const send = async (place: OutsidePlace, { id, body, secrets, now, signal }: Sending): Promise<Attempt> => {
  const timeout = AbortSignal.timeout(ATTEMPT_TIMEOUT);
  try {
    const isOwnNetwork = place.allowPrivate === true || (place.networks ?? []).length > 0;
    if (place.url.protocol === 'http:' && !isOwnNetwork) throw new CallRefused(DESTINATION_PLAIN);
    const headers = { 'content-type': 'application/json', 'user-agent': 'countersign-webhooks', ...webhookHeaders(secrets, id, body, now) };
    const answer = await outsideFetch(place, place.url, { method: 'POST', headers, body, signal: AbortSignal.any([signal, timeout]) });
    await answer.body?.cancel();
    const asked = answer.headers.get('retry-after');
    const retryAfterMs = asked === null ? undefined : retryAfterOf(asked, now);
    return { verdict: verdictOf(answer.status), code: `http.${answer.status}`, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  } catch (fault) {
    const causes = causesOf(fault);
    const ours = causes.find(({ isOurs }) => isOurs);
    if (ours) return { verdict: 'refused', code: ours.code };
    return { verdict: 'again', code: timeout.aborted ? 'timeout' : (causes.at(-1)?.code ?? 'UNKNOWN') };
  }
};
