import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { KeyId } from '@countersign/kernel';
import { formatReader, judge, NO_CONTEXT, parseReader, WHOLE_LOG, type ReaderState, type Statement, type Verdict } from './log-reader.js';

const KEY = '00000000000000aa' as KeyId;
const OTHER = '00000000000000bb' as KeyId;
const claim = (offset: number, after: number, key = KEY): Statement => ({ kind: 'claim', offset, after, key });
const event = (epoch: number, seq: number, key = KEY): Statement => ({ kind: 'event', place: { epoch, seq, key } });

/** Short names of verdicts, and what holds in the end. */
const read = (start: ReaderState, statements: readonly Statement[]): { readonly verdicts: readonly string[]; readonly state: ReaderState } => {
  const verdicts: string[] = [];
  let state = start;
  for (const statement of statements) {
    const judgement = judge(state, statement);
    verdicts.push(nameOf(judgement.verdict));
    ({ state } = judgement);
  }
  return { verdicts, state };
};

const nameOf = (verdict: Verdict): string => (verdict.kind === 'ignore' ? verdict.why : verdict.kind === 'dead-letter' ? verdict.code : verdict.kind);

describe('a reader of a whole log', () => {
  it('accepts what the newest claimant writes, in order', () => {
    expect(read(WHOLE_LOG, [claim(0, -1), event(0, 0), event(0, 1), claim(3, 0), event(3, 0)]).verdicts).toEqual(['claim', 'accept', 'accept', 'claim', 'accept']);
  });

  it('ignores what a former owner writes', () => {
    expect(read(WHOLE_LOG, [claim(0, -1), event(0, 0), claim(2, 0), event(0, 1), event(2, 0)]).verdicts).toEqual(['claim', 'accept', 'claim', 'stale', 'accept']);
  });

  it('ignores a claim that comes after another one has ended the same epoch', () => {
    expect(read(WHOLE_LOG, [claim(0, -1), claim(1, 0), claim(2, 0), event(0, 0), event(1, 0)]).verdicts).toEqual(['claim', 'claim', 'void-claim', 'stale', 'accept']);
  });

  it('drops copies, whole or in part', () => {
    expect(read(WHOLE_LOG, [claim(0, -1), event(0, 0), event(0, 1), event(0, 0), event(0, 1), event(0, 2)]).verdicts).toEqual(['claim', 'accept', 'accept', 'duplicate', 'duplicate', 'accept']);
  });

  it('tells of a missing event, once, and goes on', () => {
    expect(read(WHOLE_LOG, [claim(0, -1), event(0, 0), event(0, 2), event(0, 3)]).verdicts).toEqual(['claim', 'accept', 'SEQUENCE_BROKEN', 'accept']);
  });

  it('takes events of an epoch from the key that claimed it only', () => {
    expect(read(WHOLE_LOG, [claim(0, -1), event(0, 0, OTHER), event(0, 0)]).verdicts).toEqual(['claim', 'SIGNER_WRONG', 'accept']);
  });

  it('counts a signed event that cannot be read, so that the next one is the next', () => {
    const fault: Statement = { kind: 'fault', code: 'EVENT_INVALID', message: 'no', place: { epoch: 0, seq: 0, key: KEY } };
    expect(read(WHOLE_LOG, [claim(0, -1), fault, event(0, 1)]).verdicts).toEqual(['claim', 'EVENT_INVALID', 'accept']);
  });

  it('does not count what nobody signed, wherever it says it belongs', () => {
    const fault: Statement = { kind: 'fault', code: 'SIGNATURE_INVALID', message: 'no' };
    expect(read(WHOLE_LOG, [claim(0, -1), fault, event(0, 0)]).verdicts).toEqual(['claim', 'SIGNATURE_INVALID', 'accept']);
  });

  it('ignores an unreadable event of a former owner rather than trouble people with it', () => {
    const fault: Statement = { kind: 'fault', code: 'EVENT_INVALID', message: 'no', place: { epoch: 0, seq: 0, key: KEY } };
    expect(read(WHOLE_LOG, [claim(0, -1), claim(1, 0), fault]).verdicts).toEqual(['claim', 'claim', 'stale']);
  });

  it('refuses a claim of an epoch that cannot be yet', () => {
    expect(read(WHOLE_LOG, [claim(0, 7)]).verdicts).toEqual(['EVENT_INVALID']);
  });
});

describe('a reader that comes into the middle of a log', () => {
  it('takes the first claim on trust', () => {
    expect(read(NO_CONTEXT, [claim(20, 5), event(20, 0), event(5, 9)]).verdicts).toEqual(['claim', 'accept', 'stale']);
  });

  it('learns from the true owner that the claim it trusted was void', () => {
    // The claim at 10 lies before the log; the one at 20 is a zombie's, which ends an epoch that was over.
    expect(read(NO_CONTEXT, [claim(20, 5), event(10, 3), event(10, 4)]).verdicts).toEqual(['claim', 'accept', 'accept']);
  });

  it('learns from the next claim that the one it trusted was void', () => {
    expect(read(NO_CONTEXT, [claim(20, 5), claim(21, 10), event(21, 0)]).verdicts).toEqual(['claim', 'claim', 'accept']);
  });

  it('keeps to a claim that was borne out', () => {
    expect(read(NO_CONTEXT, [claim(20, 5), event(20, 0), event(10, 3), claim(23, 10)]).verdicts).toEqual(['claim', 'accept', 'stale', 'void-claim']);
  });
});

/**
 * A log of honest writers: each has read the log up to some point, claims after the newest epoch it has seen, believes itself
 * the owner only if its claim was the first after that epoch, and numbers its events; any of them may be late.
 */
interface Writer {
  epoch: number;
  seq: number;
}

const honestLog = (steps: readonly (readonly [writer: number, act: number])[]): Statement[] => {
  const log: Statement[] = [];
  const writers: Writer[] = [0, 1, 2].map(() => ({ epoch: -1, seq: 0 }));
  let newest = -1;
  /** What each writer saw as newest when it last looked. */
  const seen = [-1, -1, -1];
  for (const [nth, act] of steps) {
    const writer = writers[nth];
    if (!writer) continue;
    if (act === 0) seen[nth] = newest;
    else if (act === 1) {
      const after = seen[nth] ?? -1;
      const offset = log.length;
      log.push(claim(offset, after));
      if (after !== newest) continue;
      newest = offset;
      [writer.epoch, writer.seq, seen[nth]] = [offset, 0, offset];
    } else if (writer.epoch >= 0) {
      const first = act === 3 ? Math.max(0, writer.seq - 2) : writer.seq;
      for (let seq = first; seq < writer.seq + 1; seq += 1) log.push(event(writer.epoch, seq));
      writer.seq += 1;
    }
  }
  return log;
};

const honest = fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { maxLength: 60 }).map(honestLog);

/** By other means: the last event with a number wins nothing, the first does; an epoch is over at the first claim after it. */
const expected = (log: readonly Statement[]): readonly string[] => {
  const counted: string[] = [];
  const had = new Set<string>();
  let epoch = -1;
  for (const [at, statement] of log.entries()) {
    if (statement.kind === 'claim' && statement.after === epoch) epoch = at;
    if (statement.kind !== 'event' || statement.place.epoch !== epoch) continue;
    const name = `${epoch}/${statement.place.seq}`;
    if (!had.has(name)) counted.push(`${at}`);
    had.add(name);
  }
  return counted;
};

const acceptedAt = (verdicts: readonly string[]): string[] => verdicts.flatMap((verdict, at) => (verdict === 'accept' ? [`${at}`] : []));

describe('any log of honest writers', () => {
  it('has one reading: the first event of each number in each epoch that was not over', () => {
    const property = fc.property(honest, (log) => {
      expect(acceptedAt(read(WHOLE_LOG, log).verdicts)).toEqual(expected(log));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('breaks no sequence', () => {
    const property = fc.property(honest, (log) => {
      expect(read(WHOLE_LOG, log).verdicts).not.toContain('SEQUENCE_BROKEN');
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('reads the same for who stops anywhere and goes on with what a commit kept', () => {
    fc.assert(
      fc.property(honest, fc.nat(60), (log, cut) => {
        const before = read(WHOLE_LOG, log.slice(0, cut));
        const behind = read(parseReader(formatReader(before.state)), log.slice(cut));
        expect([...before.verdicts, ...behind.verdicts]).toEqual(read(WHOLE_LOG, log).verdicts);
      }),
      { numRuns: 500 },
    );
  });

  it('is read alike from the first claim on that counts, however late a reader comes', () => {
    const property = fc.property(honest, fc.nat(60), (log, cut) => {
      const { verdicts } = read(WHOLE_LOG, log);
      const found = verdicts.findIndex((verdict, at) => at >= cut && verdict === 'claim');
      const first = found < 0 ? log.length : found;
      expect(read(NO_CONTEXT, log.slice(cut)).verdicts.slice(Math.max(0, first - cut))).toEqual(verdicts.slice(Math.max(first, cut)));
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});

describe('the metadata of a commit', () => {
  it('holds what the reader has to know, and no more', () => {
    expect(formatReader({ epoch: 12, floor: 12, seq: 3, key: KEY })).toBe('{"e":12,"s":3,"k":"00000000000000aa"}');
    expect(formatReader({ epoch: 12, floor: 4, seq: 0, key: undefined })).toBe('{"e":12,"s":0,"f":4}');
    expect(parseReader('{"e":12,"s":3}')).toEqual({ epoch: 12, floor: 12, seq: 3, key: undefined });
  });

  it('is refused where it is something else', () => {
    for (const text of ['', 'null', '{}', '{"e":"1","s":0}', '{"e":1}', '{"e":1,"s":0.5}']) expect(() => parseReader(text)).toThrow('no state of a reader');
  });
});
