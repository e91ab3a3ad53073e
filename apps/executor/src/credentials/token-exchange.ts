import { isJsonObject, type Instant, type Json } from '@countersign/kernel';
import { outsideFetch } from '@countersign/outbound';
import { readAnswer } from '../adapters/read-body.js';
import type { ToolAnswer } from '../adapters/tool-client.js';
import { given, none, noneNow, type Brokered, type Errand, type TokenExchangeSource } from './credential.js';
import { scoped } from './scope.js';
import { readSecretFile } from './secret-file.js';
import { unreached } from './unreached.js';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** An answer is a token and a few words. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Longer than any token that a header takes. */
const MAX_TOKEN = 16_384;
const MS_PER_SECOND = 1_000;

/** RFC 6749, 2.3.1: each half is form-encoded before the two are put together. */
const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** Exchanges the grant's claims for an access token (RFC 8693). `now` is the time before the request, so that what comes is never taken for younger than it is. */
export const exchangeToken = async (source: TokenExchangeSource, errand: Errand, now: Instant, signal: AbortSignal): Promise<Brokered> => {
  const opened = await errand.subjectToken?.();
  if (!opened) return none('credential.provider-differs');
  if (!opened.ok) return { kind: 'none', code: opened.code, final: true };
  const secret = readSecretFile(source.clientSecretFile);
  if (!('text' in secret)) return secret;
  const scope = scoped(source.scope, errand);
  const body = new URLSearchParams({
    grant_type: GRANT_TYPE,
    subject_token: opened.token,
    subject_token_type: JWT,
    requested_token_type: ACCESS_TOKEN,
    scope,
    ...(source.audience !== undefined && { audience: scoped(source.audience, errand) }),
    ...(source.resource !== undefined && { resource: scoped(source.resource, errand) }),
  });
  const headers = { accept: 'application/json', authorization: basic(source.clientId, secret.text) };
  let answer: ToolAnswer;
  try {
    answer = await readAnswer(await outsideFetch({ ...source, url: source.tokenEndpoint }, source.tokenEndpoint, { method: 'POST', signal, headers, body }), MAX_ANSWER_BYTES);
  } catch (fault) {
    return unreached(fault);
  }
  return takenFrom(answer, scope, now);
};

/** 408 and 429 are refusals for now, and so is whatever the server could not do. */
const isForNow = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const takenFrom = (answer: ToolAnswer, scope: string, now: Instant): Brokered => {
  if (answer.kind !== 'answered') return noneNow('credential.unavailable');
  const { status, body } = answer;
  if (status !== 200) return isForNow(status) ? noneNow('credential.unavailable') : none('credential.refused');
  if (body === undefined || !isJsonObject(body)) return none('credential.answer-invalid');
  const { access_token: token, issued_token_type: type, token_type: use, expires_in: seconds, scope: received } = body;
  const isToken = typeof token === 'string' && token.length <= MAX_TOKEN && /^[\u0021-\u007e]+$/.test(token);
  if (!isToken || type !== ACCESS_TOKEN || typeof use !== 'string' || use.toLowerCase() !== 'bearer') return none('credential.answer-invalid');
  if (isWider(received, scope)) return none('credential.scope-wider');
  const lives = typeof seconds === 'number' && seconds >= 0 ? { expiresAt: (now + seconds * MS_PER_SECOND) as Instant } : {};
  return given({ kind: 'bearer', value: token, ...lives });
};

/** RFC 6749, 5.1: a scope that is not named is the one that was asked for. */
const isWider = (received: Json | undefined, asked: string): boolean => {
  if (received === undefined) return false;
  const names = new Set(asked.split(' '));
  return typeof received !== 'string' || !received.split(' ').every((name) => name === '' || names.has(name));
};
