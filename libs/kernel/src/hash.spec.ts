import { describe, expect, it } from 'vitest';
import { deterministicId, runIdOf } from './hash.js';

const ADA = 'spiffe://countersign.local/human/ada';
const GRACE = 'spiffe://countersign.local/human/grace';

describe('an id', () => {
  it('is never taken for an option, whatever it is the id of', () => {
    const ids = Array.from({ length: 1_000 }, (_, part) => deterministicId('approval', part));
    expect(ids.filter((id) => !/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the run of a task', () => {
  it('is the same for the same task, and another one for each person who has signed it', () => {
    const runs = [undefined, ADA, GRACE].map((person) => runIdOf('acme', 'refund-desk', '/helpdesk', 'ticket-1', person));
    expect(runs).toEqual([undefined, ADA, GRACE].map((person) => runIdOf('acme', 'refund-desk', '/helpdesk', 'ticket-1', person)));
    expect(new Set(runs).size).toBe(3);
  });

  it('is no person’s where nobody has signed, whatever names the upstream gives', () => {
    const hers = runIdOf('acme', 'refund-desk', '/helpdesk', 'ticket-1', ADA);
    for (const [source, task] of [[`${ADA}\0/helpdesk`, 'ticket-1'], ['/helpdesk', `ticket-1\0${ADA}`], [ADA, '/helpdesk\0ticket-1']] as const) expect(runIdOf('acme', 'refund-desk', source, task)).not.toBe(hers);
  });
});
