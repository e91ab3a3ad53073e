import { describe, expect, it } from 'vitest';
import { generateKey, parseJws, publicKeyOf, rawPublicKeyOf } from '@countersign/identity';
import { canonicalJson, type JsonObject, type Principal } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ADA, APPROVERS, controlsWith } from '@countersign/testing/refund-desk';
import { personOf } from '../connection/person.js';
import { signedBy } from './as-me.js';
import type { TaskFile } from './task-file.js';

const key = generateKey();
const ada = personOf(ADA, key);
const controls = controlsWith({ approvers: [{ ...APPROVERS, people: APPROVERS.people.map((person) => (person.subject === ADA ? { ...person, publicKey: rawPublicKeyOf(key) } : person)) }] });
const EVENT: JsonObject = { specversion: '1.0', id: 'HD-1', source: '/helpdesk', type: 'refund.requested', time: '2026-01-02T04:04:05+01:00', priority: 'high', datacontenttype: 'application/json', data: { charge: 'ch_1', amount_cents: 1_200 } };
const file = (change: JsonObject = {}): TaskFile => ({ name: 'task.json', event: { ...EVENT, ...change }, id: 'HD-1', source: '/helpdesk', filledIn: [] });

describe('a task that a person hands in', () => {
  it('is signed as it is sent: canonical JSON, with the tenant, the workflow that the door finds, and the time as we write it', () => {
    const { event, workflow, signer, jws = '' } = signedBy(ada, file(), 'acme', controls, NOW);
    expect(signer).toBe(ADA);
    const { datacontenttype: _, ...rest } = EVENT;
    expect(event).toEqual({ ...rest, tenant: 'acme', workflow: 'refund-desk', time: '2026-01-02T03:04:05.000Z' });
    expect(workflow).toBe('refund-desk');
    expect(parseJws(jws)?.covers(Buffer.from(canonicalJson(event)), publicKeyOf(ada.publicKey))).toBe(true);
  });

  it('names the tenant that it is handed in to, whatever the file says', () => {
    expect(signedBy(ada, file({ tenant: 'globex' }), 'acme', controls, NOW).event).toMatchObject({ tenant: 'acme' });
  });

  it('is not signed where the door would refuse it, and says why', () => {
    expect(() => signedBy(ada, file({ data: { charge: 7 } }), 'acme', controls, NOW)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID', message: expect.stringContaining('`task.json` would be refused (input.invalid)') }));
  });

  it('is not signed by somebody whom the directory does not know', () => {
    expect(() => signedBy(personOf('spiffe://countersign.local/human/mallory' as Principal, key), file(), 'acme', controls, NOW)).toThrow(expect.objectContaining({ code: 'SIGNER_UNKNOWN' }));
    expect(() => signedBy(personOf(ADA, generateKey()), file(), 'acme', controls, NOW)).toThrow(expect.objectContaining({ code: 'SIGNER_UNKNOWN' }));
  });
});
