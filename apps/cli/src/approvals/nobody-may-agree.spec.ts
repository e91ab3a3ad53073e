import { describe, expect, it } from 'vitest';
import type { Principal } from '@countersign/kernel';
import { ADA, APPROVERS, controlsWith, GRACE } from '@countersign/testing/refund-desk';
import { nobodyMayAgree } from './nobody-may-agree.js';

const STRANGER = 'spiffe://countersign.local/human/mallory' as Principal;
const [ada] = APPROVERS.people;
const alone = controlsWith({ approvers: [{ ...APPROVERS, people: ada ? [ada] : [] }] });
const place = { tenant: 'acme', workflow: 'refund-desk' };

describe('whether anybody may agree to what a person asks', () => {
  it('is nobody where the only approver has asked', () => expect(nobodyMayAgree(alone, { ...place, sub: ADA })).toBe(true));
  it('is nobody where the only other approver has put the contract in force', () => expect(nobodyMayAgree({ ...controlsWith(), authors: new Map([...controlsWith().authors].map(([contract]) => [contract, [GRACE]])) }, { ...place, sub: ADA })).toBe(true));
  it('is somebody where there is another, or somebody else asks', () => {
    expect(nobodyMayAgree({ ...controlsWith(), authors: new Map() }, { ...place, sub: ADA })).toBe(false);
    expect(nobodyMayAgree({ ...alone, authors: new Map() }, { ...place, sub: STRANGER })).toBe(false);
  });
});
