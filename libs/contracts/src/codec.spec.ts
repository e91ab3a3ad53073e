import { describe, expect, it } from 'vitest';
import type { Instant, Principal, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';
import { decodeEvent, encodeEvent } from './codec.js';
import { newEvent } from './new-event.js';
import { actionDeniedV1 } from './decision/action-denied.v1.js';

const denied = newEvent({
  service: 'policy',
  trigger: { id: 'AAAAAAAAAAAAAAAAAAAAAA', topic: 'proposals', offset: 7, sha256: '3b'.repeat(32) },
  type: 'countersign.action.denied',
  data: actionDeniedV1.sample,
  tenant: 'acme' as Tenant,
  workflow: 'refund-desk' as Workflow,
  run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId,
  step: 'refund' as StepId,
  actor: 'spiffe://countersign.local/service/policy' as Principal,
  now: 1_767_323_045_000 as Instant,
});

describe('codec', () => {
  it('gives back what was encoded', () => {
    expect(decodeEvent(encodeEvent(denied))).toEqual(denied);
  });

  it('refuses an unknown field, and names its place', () => {
    expect(() => encodeEvent({ ...denied, data: Object.assign({ extra: 1 }, denied.data) })).toThrow(expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining('`/data/extra`') }));
  });
});
