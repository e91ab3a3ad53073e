import { describe, expect, it } from 'vitest';
import { eventId, type Instant, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { decodeEvent, encodeEvent } from './codec.js';
import type { Cause } from './envelope.js';
import { newClaim, newEvent, type NewEvent } from './new-event.js';
import { CLAIM_SAMPLE } from './claim.v1.js';
import { actionDeniedV1 } from './decision/action-denied.v1.js';
import { policyPublishedV1 } from './control/policy-published.v1.js';

const trigger: Cause = { id: 'AAAAAAAAAAAAAAAAAAAAAA', topic: 'proposals', offset: 7, sha256: '3b'.repeat(32) };
const other: Cause = { ...trigger, id: 'BBBBBBBBBBBBBBBBBBBBBB', topic: 'approvals' };
const given: NewEvent<'countersign.action.denied'> = {
  service: 'policy',
  trigger,
  type: 'countersign.action.denied',
  data: actionDeniedV1.sample,
  tenant: 'acme' as Tenant,
  workflow: 'refund-desk' as Workflow,
  run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId,
  step: 'refund' as StepId,
  now: 1_767_323_045_000 as Instant,
};

describe('a new event', () => {
  it('is one that can be written', () => {
    expect(decodeEvent(encodeEvent(newEvent(given)))).toMatchObject({
      type: 'countersign.action.denied',
      source: '/countersign/policy',
      actor: 'spiffe://countersign.local/service/policy',
      dataschema: 'urn:countersign:action.denied:1',
      time: '2026-01-02T03:04:05.000Z',
    });
  });

  it('has the same id whenever the same input is handled again', () => {
    expect(newEvent({ ...given, now: 1_800_000_000_000 as Instant }).id).toBe(newEvent(given).id);
    expect(newEvent(given).id).toBe(eventId('policy', trigger.id, 'countersign.action.denied', 'refund', 0));
  });

  it.each<[string, Partial<typeof given>]>([
    ['another input', { trigger: other }],
    ['another step', { step: 'charge' as StepId }],
    ['another subject', { subject: 'x' }],
    ['another ordinal', { ordinal: 1 }],
    ['another service', { service: 'planner' }],
  ])('has another id with %s', (_, change) => {
    expect(newEvent({ ...given, ...change }).id).not.toBe(newEvent(given).id);
  });

  it('names what was handled first, and each cause once', () => {
    expect(newEvent({ ...given, causes: [other, trigger, other] }).causes.split(' ').map((cause) => cause.split('@')[0])).toEqual([trigger.id, other.id]);
  });

  it('has no cause and no place where a person acts', () => {
    const event = newEvent({ service: 'operator', type: 'countersign.policy.published', data: policyPublishedV1.sample, actor: 'spiffe://countersign.local/human/ada' as Principal, subject: 'nonce', now: given.now });
    expect(event).toMatchObject({ causes: '', actor: 'spiffe://countersign.local/human/ada', source: '/countersign/operator' });
    expect(Object.keys(event)).not.toContain('tenant');
    expect(encodeEvent(event)).toBeInstanceOf(Buffer);
  });
});

describe('a new claim', () => {
  it('is never the same twice, because its nonce is not', () => {
    const claim = newClaim({ service: 'policy', claim: CLAIM_SAMPLE, now: given.now });
    expect(newClaim({ service: 'policy', claim: Object.assign({}, CLAIM_SAMPLE, { nonce: 'other' }), now: given.now }).id).not.toBe(claim.id);
    expect(claim).toMatchObject({ type: 'countersign.claim', actor: 'spiffe://countersign.local/service/policy', causes: '' });
  });
});
