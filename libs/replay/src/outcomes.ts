import type { Event } from '@countersign/contracts';
import type { CallOutcome, ExecutionWork, PreviewOutcome, ReadBackOutcome } from '@countersign/domain';
import type { Outcome } from '@countersign/executor/step';
import { parseTimestamp, type Instant, type KeyId } from '@countersign/kernel';
import type { Turn } from './turns.js';

/** Codes of outcomes that are not the tool's, as the executor writes them. */
const [ANSWER_INVALID, TIMED_OUT, REDIRECTED] = ['TOOL_ANSWER_INVALID', 'TOOL_TIMEOUT', 'redirect.refused'];
const FAULT = { pointer: '', message: 'the answer breaks its schema' };

type Written = Turn['events'][number]['event'];

const isOf = <Type extends Written['type']>(event: Written | undefined, type: Type): event is Event<Type> & Written => event?.type === type;

/**
 * What a tool can have answered, so that the executor wrote what it wrote: an event says what came of a call, and not every detail of the
 * answer. The replay takes the first of them under which the executor's own code writes exactly what is on the tape.
 */
export const outcomesOf = (work: Pick<ExecutionWork, 'kind'>, { events, now }: Turn): readonly Outcome[] => {
  const written = events.map(({ event }) => event);
  switch (work.kind) {
    case 'preview':
      return previewsOf(written);
    case 'read-back':
      return readBacksOf(written);
    case 'call':
      return callsOf(written, now);
    case 'interrupted':
      return [{ kind: 'interrupted' }];
  }
};

const previewsOf = ([first]: readonly Written[]): readonly PreviewOutcome[] => {
  if (!isOf(first, 'countersign.action.previewed')) return [];
  const { kind, changes, more, reason } = first.data.preview;
  if (kind === 'none') return [{ kind, code: reason?.code ?? '', message: reason?.message ?? '' }];
  return [{ kind, changes, ...(more !== undefined && { more }) }];
};

const readBacksOf = ([first]: readonly Written[]): readonly ReadBackOutcome[] => {
  if (isOf(first, 'countersign.action.verified')) {
    const { found, result, outsideId, latencyMs } = first.data;
    return [{ kind: 'found', sha256: found, faults: [], ...(result && { result }), ...(outsideId !== undefined && { outsideId }), latencyMs }];
  }
  if (isOf(first, 'countersign.action.diverged')) {
    const { faults, outsideId, latencyMs } = first.data;
    const sha256 = '0'.repeat(64) as Extract<ReadBackOutcome, { kind: 'found' }>['sha256'];
    return [{ kind: 'absent', latencyMs }, { kind: 'found', sha256, faults, ...(outsideId !== undefined && { outsideId }), latencyMs }];
  }
  if (isOf(first, 'countersign.action.unknown')) {
    const { evidence, latencyMs } = first.data;
    const looks = evidence?.looks.length ? { looks: evidence.looks } : {};
    return [{ kind: 'unanswered', code: evidence?.looks.at(-1)?.code ?? 'read-back.none', ...looks, latencyMs }, { kind: 'absent', ...looks, latencyMs }];
  }
  // Nothing was found, and the call is made once more, or not under this grant.
  return [{ kind: 'absent', latencyMs: 0 }];
};

const callsOf = (written: readonly Written[], now: Instant): readonly CallOutcome[] => {
  const [first] = written;
  if (isOf(first, 'countersign.action.succeeded')) {
    const { result, blob, outsideId, latencyMs } = first.data;
    return [{ kind: 'answered', status: 200, faults: [], ...(result && { result }), ...(blob && { blob }), ...(outsideId !== undefined && { outsideId }), latencyMs }];
  }
  if (isOf(first, 'countersign.action.diverged')) {
    const { faults, outsideId, latencyMs } = first.data;
    return [{ kind: 'answered', status: 200, faults: [], exceeded: faults, ...(outsideId !== undefined && { outsideId }), latencyMs }];
  }
  if (!isOf(first, 'countersign.action.failed') && !isOf(first, 'countersign.action.unknown')) return [];
  const { code, latencyMs, requestId } = first.data;
  const said = { latencyMs, ...(requestId !== undefined && { requestId }) };
  const answered = (status: number, faults: readonly (typeof FAULT)[] = []): readonly CallOutcome[] =>
    [{}, ...waitsAsked(written, now)].map((asked) => ({ kind: 'answered' as const, status, faults, ...said, ...asked }));
  const status = /^http\.(\d{3})$/.exec(code)?.[1];
  if (status !== undefined) return answered(Number(status));
  if (code === ANSWER_INVALID) return answered(200, [FAULT]);
  if (code === REDIRECTED) return answered(302);
  const key = keyOf(written);
  const unanswered: readonly CallOutcome[] = [
    { kind: 'not-sent', code, latencyMs, ...(key !== undefined && { key }) },
    { kind: 'not-sent', code, latencyMs, final: true },
    { kind: 'refused', code, latencyMs },
    { kind: 'broken', code, latencyMs },
    { kind: 'interrupted' },
  ];
  return code === TIMED_OUT ? [{ kind: 'timeout', latencyMs }, ...unanswered] : unanswered;
};

const keyOf = (written: readonly Written[]): KeyId | undefined => written.flatMap((event) => (isOf(event, 'countersign.grant.refused') ? (event.data.key ?? []) : []))[0];

/** For how long the tool may have asked to be left alone: the next call, or the next grant, waits for it. */
const waitsAsked = (written: readonly Written[], now: Instant): readonly { readonly retryAfterMs: number }[] =>
  written.flatMap((event) => {
    const until = isOf(event, 'countersign.attempt.started') ? event.data.startsAt : isOf(event, 'countersign.grant.refused') ? event.data.until : undefined;
    const at = until === undefined ? undefined : parseTimestamp(until);
    return at !== undefined && at > now ? [{ retryAfterMs: at - now }] : [];
  });
