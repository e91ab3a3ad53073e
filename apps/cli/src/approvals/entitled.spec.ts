import { describe, expect, it } from 'vitest';
import { generateKey, rawPublicKeyOf } from '@countersign/identity';
import type { Principal } from '@countersign/kernel';
import { APPROVERS, controlsWith, GRACE } from '@countersign/testing/refund-desk';
import { personOf } from '../connection/person.js';
import { ADA, approval } from '../spec-support/ledger-fixtures.spec-support.js';
import { requireEntitled } from './entitled.js';

const [adas, graces, strangers] = [generateKey(), generateKey(), generateKey()];
const [ada, grace, mallory] = [personOf(ADA as Principal, adas), personOf(GRACE, graces), personOf('spiffe://countersign.local/human/mallory' as Principal, strangers)];
const controls = controlsWith({ approvers: [{ ...APPROVERS, people: APPROVERS.people.map((person) => ({ ...person, publicKey: rawPublicKeyOf(person.subject === ADA ? adas : graces) })) }] });
/** Grace is in support, and Ada is not. */
const asked = approval({ roles: ['support'] });
const confirmation = approval({ roles: [], confirmation: true, sub: ADA, people: [ADA] });

describe('before a vote is signed', () => {
  it('nothing is said to whom has the role, and to the one person whom a confirmation asks, whatever the roles', () => {
    expect(() => requireEntitled(asked, { person: grace }, controls)).not.toThrow();
    expect(() => requireEntitled(confirmation, { person: ada }, controls)).not.toThrow();
  });

  it.each([
    ['somebody without the role', asked, ada, '`spiffe://countersign.local/human/ada` has none of the roles `support`', 'who may: grace'],
    ['somebody else whom a confirmation does not ask', confirmation, grace, 'only `spiffe://countersign.local/human/ada`, whom the run acts for, can confirm it', 'who may: ada'],
    ['whom the action is done for, where approvers are asked', approval({ sub: ADA }), ada, '`spiffe://countersign.local/human/ada` is who the action is done for or by', 'who may: grace'],
    ['a stranger', asked, mallory, '`spiffe://countersign.local/human/mallory` is not in the directory of approvers', 'who may: grace'],
    ['somebody with another key', asked, personOf(GRACE, strangers), 'your key is not the one that the directory of approvers has for you', 'who may: grace'],
    ['somebody who has voted', { ...confirmation, votes: [{ voter: ADA, choice: 'approve' as const, castAt: '' }] }, ada, '`spiffe://countersign.local/human/ada` has voted already', 'nobody but them is asked'],
    ['the only approver, for whom the action is done', approval({ sub: ADA, people: [ADA] }), ada, '`spiffe://countersign.local/human/ada` is who the action is done for or by', 'nobody in the directory of approvers can answer it now; add approvers: docs/approvals.md#who-may-answer'],
    ['whom the ledger still names among others', approval({ sub: ADA, people: [ADA, GRACE] }), ada, '`spiffe://countersign.local/human/ada` is who the action is done for or by', 'who may: grace'],
  ])('%s is told why it would not count', (_, given, person, message, hint) => {
    expect(() => requireEntitled(given, { person: person }, controls)).toThrow(expect.objectContaining({ code: 'VOTE_INVALID', message, hint }));
  });
});
