import { CountersignError, isJsonObject, type ErrorCode, type KeyId } from '@countersign/kernel';

/**
 * Which records of one partition of the log count. Every reader decides it alone, from the records in their order, and all come
 * to the same verdicts:
 *
 * - A claim names the epoch that it ends. It counts if that is the newest one: taking a partition over is a compare-and-swap.
 * - An event counts if its epoch is the newest and its sequence number is the next one. A lower number is a copy.
 *
 * Honest writers state only epochs that were valid. So a record that states a newer epoch than the reader knows tells of a
 * claim that the reader could not see (its log was truncated) or took for bad; the reader goes on from there, for a reader
 * that is stuck loses everything that follows.
 */
export interface ReaderState {
  /** Offset of the newest valid claim; -1 before the first one. */
  readonly epoch: number;
  /** What is stated above it is news, unless it is `epoch`. Equal to `epoch` but where that was taken on trust (see `NO_CONTEXT`). */
  readonly floor: number;
  /** Sequence number of the next event. */
  readonly seq: number;
  /** The only key that signs in this epoch; `undefined` where its claim was not seen. */
  readonly key: KeyId | undefined;
}

/** At the start of a whole log. */
export const WHOLE_LOG: ReaderState = { epoch: -1, floor: -1, seq: 0, key: undefined };
/** In the middle of a log, with nothing known: the first claim is taken on trust until an event or a claim bears it out. */
export const NO_CONTEXT: ReaderState = { epoch: -2, floor: -2, seq: 0, key: undefined };

/** What an event's signed header says. */
export interface EventPlace {
  readonly epoch: number;
  readonly seq: number;
  readonly key: KeyId;
}

/** What one record says of itself, its signature checked. */
export type Statement =
  | { readonly kind: 'claim'; readonly offset: number; readonly after: number; readonly key: KeyId }
  | { readonly kind: 'event'; readonly place: EventPlace }
  /** Not as it must be. `place` where the signature is good all the same: then it has its place in the sequence. */
  | { readonly kind: 'fault'; readonly code: ErrorCode; readonly message: string; readonly place?: EventPlace };

export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'claim' }
  | { readonly kind: 'ignore'; readonly why: 'stale' | 'void-claim' | 'duplicate' }
  | { readonly kind: 'dead-letter'; readonly code: ErrorCode; readonly message: string };

export interface Judgement {
  readonly verdict: Verdict;
  /** What holds after this record. */
  readonly state: ReaderState;
}

const isNews = (state: ReaderState, epoch: number): boolean => epoch > state.floor && epoch !== state.epoch;

const deadLetter = (code: ErrorCode, message: string): Verdict => ({ kind: 'dead-letter', code, message });

const judgeClaim = (state: ReaderState, claim: Extract<Statement, { kind: 'claim' }>): Judgement => {
  const { offset, after, key } = claim;
  if (after >= offset) return { verdict: deadLetter('EVENT_INVALID', `a claim at ${offset} cannot end epoch ${after}`), state };
  const news = isNews(state, after);
  if (after !== state.epoch && !news) return { verdict: { kind: 'ignore', why: 'void-claim' }, state };
  return { verdict: { kind: 'claim' }, state: { epoch: offset, floor: news ? after : offset, seq: 0, key } };
};

/** The state in which an event of this epoch would be the next; `undefined` where its epoch is over. */
const stateFor = (state: ReaderState, place: EventPlace): ReaderState | undefined => {
  if (place.epoch === state.epoch) return state.floor === place.epoch ? state : { ...state, floor: place.epoch };
  return isNews(state, place.epoch) ? { epoch: place.epoch, floor: place.epoch, seq: place.seq, key: undefined } : undefined;
};

const judgeEvent = (before: ReaderState, place: EventPlace, fault: Verdict | undefined): Judgement => {
  const state = stateFor(before, place);
  if (!state) return { verdict: { kind: 'ignore', why: 'stale' }, state: before };
  if (state.key !== undefined && state.key !== place.key) {
    return { verdict: deadLetter('SIGNER_WRONG', `key \`${place.key}\` did not claim epoch ${place.epoch}`), state: before };
  }
  if (place.seq < state.seq) return { verdict: { kind: 'ignore', why: 'duplicate' }, state };
  const next = { ...state, seq: place.seq + 1, key: place.key };
  if (place.seq > state.seq) {
    return { verdict: deadLetter('SEQUENCE_BROKEN', `events ${state.seq} to ${place.seq - 1} of epoch ${place.epoch} are missing before this one`), state: next };
  }
  return { verdict: fault ?? { kind: 'accept' }, state: next };
};

/** The verdict on the next record of a partition. */
export const judge = (state: ReaderState, statement: Statement): Judgement => {
  switch (statement.kind) {
    case 'claim':
      return judgeClaim(state, statement);
    case 'event':
      return judgeEvent(state, statement.place, undefined);
    case 'fault': {
      const fault = deadLetter(statement.code, statement.message);
      return statement.place ? judgeEvent(state, statement.place, fault) : { verdict: fault, state };
    }
  }
};

/** As it is kept in the metadata of a commit: `{"e":12,"s":3,"k":"..."}`. */
export const formatReader = ({ epoch, floor, seq, key }: ReaderState): string =>
  JSON.stringify({ e: epoch, s: seq, ...(floor === epoch ? {} : { f: floor }), ...(key === undefined ? {} : { k: key }) });

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value);

/** Reads what `formatReader` wrote; throws `JSON_INVALID`. */
export const parseReader = (text: string): ReaderState => {
  const { e: epoch, s: seq, f: floor = epoch, k: key } = parseObject(text);
  if (!isOffset(epoch) || !isOffset(seq) || !isOffset(floor) || (key !== undefined && typeof key !== 'string')) throw unreadable();
  return { epoch, floor, seq, key: key as KeyId | undefined };
};

const unreadable = (): CountersignError => new CountersignError('JSON_INVALID', 'the metadata of the commit is no state of a reader');

const parseObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // The fault below says all there is to say.
  }
  throw unreadable();
};
