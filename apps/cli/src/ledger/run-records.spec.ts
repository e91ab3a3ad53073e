import { describe, expect, it } from 'vitest';
import { financeTable, withoutInputHashes } from './run-records.js';

const RECORD = { run_id: 'run-1', tenant_id: 'acme', agent: 'desk', budget_usd: 1, tool_calls: [{ tool: 'payments.refund', input_hash: 'ab', status: 'succeeded', latency_ms: 12 }], outcome: { status: 'succeeded' }, cost: { usd: 0.5, prompt_tokens: 7, completion_tokens: 8 } };

describe('run records of a pack', () => {
  it('are a table for whoever pays', () => {
    expect(financeTable([RECORD])).toBe('run_id,tenant_id,agent,outcome,tool_calls,usd,prompt_tokens,completion_tokens,budget_usd\nrun-1,acme,desk,succeeded,1,0.5,7,8,1\n');
  });

  it('have no hash by which values could be tried where values are left out', () => {
    expect(withoutInputHashes(RECORD)).toEqual({ ...RECORD, tool_calls: [{ tool: 'payments.refund', status: 'succeeded', latency_ms: 12 }] });
    expect(withoutInputHashes({ run_id: 'run-1' })).toEqual({ run_id: 'run-1' });
  });
});
