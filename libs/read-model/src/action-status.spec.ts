import { describe, expect, it } from 'vitest';
import { actionStatus, hasEnded } from './action-status.js';

const NOTHING = { proposal: null, observed: null, decision: null, grant_jti: null, execution: null, execution_jti: null, execution_code: null, execution_ended: null };

describe('the status of an action', () => {
  it('is what was proposed, then what was decided, then what was done', () => {
    expect(actionStatus({ ...NOTHING, proposal: 'proposed' })).toBe('proposed');
    expect(actionStatus({ ...NOTHING, proposal: 'proposed', decision: 'asked', grant_jti: '' })).toBe('asked');
    expect(actionStatus({ ...NOTHING, proposal: 'proposed', decision: 'allowed', grant_jti: 'g1' })).toBe('allowed');
    expect(actionStatus({ ...NOTHING, proposal: 'proposed', decision: 'allowed', grant_jti: 'g1', execution: 'running', execution_jti: 'g1' })).toBe('running');
  });

  it('is the newer decision where the executor’s word is about an older grant', () => {
    const refused = { ...NOTHING, proposal: 'proposed', execution: 'refused', execution_jti: 'g1' } as const;
    expect(actionStatus({ ...refused, decision: 'allowed', grant_jti: 'g2' })).toBe('allowed');
    expect(actionStatus({ ...refused, decision: 'asked', grant_jti: '' })).toBe('asked');
    expect(actionStatus({ ...refused, decision: 'denied', grant_jti: '' })).toBe('denied');
  });

  it('takes the executor’s word while the decision was not read yet', () => {
    expect(actionStatus({ ...NOTHING, proposal: 'proposed', execution: 'verified', execution_jti: 'g1' })).toBe('verified');
  });

  it('has ended only where nobody follows up', () => {
    const executed = { ...NOTHING, proposal: 'proposed', decision: 'allowed', grant_jti: 'g1', execution_jti: 'g1' } as const;
    expect(hasEnded({ ...executed, execution: 'succeeded', execution_ended: false })).toBe(false);
    expect(hasEnded({ ...executed, execution: 'succeeded', execution_ended: true })).toBe(true);
    for (const code of ['expired', 'key.wrong', 'not-yet-valid', 'mode', 'breaker.open', 'tool.rate', 'tool.retry-after', 'preview.changed']) expect(hasEnded({ ...executed, execution: 'refused', execution_ended: true, execution_code: code })).toBe(false);
    expect(hasEnded({ ...executed, execution: 'refused', execution_ended: true, execution_code: 'action.hash' })).toBe(true);
    expect(hasEnded({ ...NOTHING, proposal: 'proposed', decision: 'denied', grant_jti: '' })).toBe(true);
    expect(hasEnded({ ...NOTHING, proposal: 'proposed', decision: 'asked', grant_jti: '' })).toBe(false);
  });

  it('tells a skipped step from a proposed one', () => {
    expect(actionStatus({ ...NOTHING, observed: 'skipped' })).toBe('skipped');
    expect(actionStatus({ ...NOTHING, proposal: 'proposed', observed: 'succeeded' })).toBe('proposed');
    expect(actionStatus({ ...NOTHING, proposal: 'invalid' })).toBe('invalid');
  });
});
