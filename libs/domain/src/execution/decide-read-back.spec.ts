import { describe, expect, it } from 'vitest';
import { microUsd, sha256, timestamp } from '@countersign/kernel';
import { absent, calling, context, done, found, looked, ONCE, onLook, timeout, unanswered, went } from '@countersign/testing/executor-world';
import { NOW } from '@countersign/testing/given';
import { decideReadBack } from './decide-read-back.js';

describe('looking at an effect', () => {
  const said = went(calling(), done);
  const silent = went(calling(ONCE), timeout);

  it('verifies what the tool said, and keeps its answer', () => {
    expect(said.when(onLook({ ...found, result: { refund: 'another' } }))).toMatchObject([{ type: 'countersign.action.verified', data: { found: sha256('found'), result: { refund: 're_1' }, outsideId: 're_1', usedMicroUsd: 2_000 } }]);
  });

  it('takes what it finds for an answer that was lost', () => {
    expect(silent.when(onLook(found))).toMatchObject([{ type: 'countersign.action.verified', data: { result: { refund: 're_1' }, outsideId: 're_1' } }]);
  });

  it('tells where the effect differs', () => {
    const faults = [{ pointer: '/amount_cents', message: 'differs from what was asked for' }];
    expect(said.when(onLook({ ...found, faults }))).toMatchObject([{ type: 'countersign.action.diverged', data: { faults, usedMicroUsd: microUsd(2_000) } }]);
  });

  it('that finds nothing of what the tool said was done is a divergence', () => {
    expect(said.when(onLook(absent))).toMatchObject([{ type: 'countersign.action.diverged', data: { faults: [{ pointer: '', message: 'nothing was found' }], outsideId: 're_1' } }]);
  });

  it('that cannot be done leaves the tool’s word, which is not a proof', () => {
    expect(said.when(onLook(unanswered))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'read-back.unanswered', resolving: false } }]);
  });

  it.each([absent, unanswered])('that finds nothing proves nothing where nobody knew ($kind)', (outcome) => {
    expect(silent.when(onLook(outcome))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'TOOL_TIMEOUT', resolving: false } }]);
  });

  it('that finds nothing leaves what was seen each time, with the call that it was about', () => {
    const looks = [{ at: timestamp(NOW), code: 'http.503', sha256: sha256('busy') }, { at: timestamp(NOW), code: 'absent' }];
    expect(silent.when(onLook({ ...absent, looks }))).toMatchObject([{ data: { evidence: { tool: 'payments.once', calls: [{ attempt: 1, code: 'TOOL_TIMEOUT' }], looks } } }]);
    expect(said.when(onLook({ ...unanswered, looks }))).toMatchObject([{ data: { evidence: { calls: [{ attempt: 1, code: 'done' }], looks } } }]);
  });

  it('counts for the attempt that it was made for alone', () => {
    expect(decideReadBack({ jti: 'jti-1', attempt: 2 }, found, said.state, context)).toEqual([]);
    expect(looked(said, found).when(onLook(found))).toEqual([]);
  });
});
