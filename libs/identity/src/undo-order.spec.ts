import { describe, expect, it } from 'vitest';
import { newEvent, type Event } from '@countersign/contracts';
import { hours, timestamp, type Instant, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { signAsPerson } from './jws.js';
import { generateKey, keyIdOf, rawPublicKeyOf } from './keys.js';
import { checkUndo, signedUndoOrder, undoOrderBytes } from './undo-order.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const person = (name: string) => {
  const key = generateKey();
  const publicKey = rawPublicKeyOf(key);
  return { subject: `spiffe://countersign.local/human/${name}` as Principal, name, publicKey, roles: [], key };
};
const [ada, grace, eve] = [person('ada'), person('grace'), person('eve')];
const PEOPLE = { people: [ada, grace] };
const ORDER = { id: 'order-1', time: timestamp(NOW), tenant: 'acme' as Tenant, workflow: 'desk' as Workflow, run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId, step: 'refund' as StepId, by: ada.subject, reason: 'the wrong customer' };
const signed = (order: typeof ORDER, by = ada) => {
  const value = undoOrderBytes(order);
  return { value, jws: signAsPerson(value, by.key, keyIdOf(by.publicKey)) };
};
/** What a gateway writes of it; `change` is what a dishonest one says instead. */
const ordered = ({ value, jws } = signed(ORDER), change: Partial<Event<'countersign.undo.ordered'>['data']> = {}, place: { readonly tenant?: Tenant; readonly workflow?: Workflow } = {}): Event<'countersign.undo.ordered'> => {
  const { run, step, by, reason } = ORDER;
  return newEvent({ service: 'gateway', type: 'countersign.undo.ordered', tenant: ORDER.tenant, workflow: ORDER.workflow, run, now: NOW, ...place, data: { undoes: { run, step }, by, reason, order: { value: value.toString(), jws }, ...change } });
};
const check = (event: Event<'countersign.undo.ordered'>, now = NOW) => (): void => checkUndo(event, PEOPLE, now);

describe('an order to undo on the log', () => {
  it('is what a person of the directory has signed', () => {
    expect(check(ordered())).not.toThrow();
    expect(signedUndoOrder(signed(ORDER).value, signed(ORDER).jws, PEOPLE)).toMatchObject({ by: ada.subject, step: 'refund', time: NOW });
  });

  it.each<[string, () => Event<'countersign.undo.ordered'>, string]>([
    ['of another action than was signed', () => ordered(undefined, { undoes: { run: ORDER.run, step: 'other' as StepId } }), 'SIGNATURE_INVALID'],
    ['for somebody else', () => ordered(undefined, { by: grace.subject }), 'SIGNATURE_INVALID'],
    ['for another reason', () => ordered(undefined, { reason: 'another' }), 'SIGNATURE_INVALID'],
    ['in another tenant', () => ordered(undefined, {}, { tenant: 'globex' as Tenant }), 'SIGNATURE_INVALID'],
    ['in another workflow', () => ordered(undefined, {}, { workflow: 'other' as Workflow }), 'SIGNATURE_INVALID'],
    ['that another person has signed', () => ordered(signed(ORDER, grace)), 'SIGNER_WRONG'],
    ['that a stranger has signed', () => ordered(signed({ ...ORDER, by: eve.subject }, eve)), 'SIGNER_UNKNOWN'],
    ['that nobody has signed', () => ordered({ ...signed(ORDER), jws: '' }), 'SIGNATURE_MISSING'],
    ['that two have signed', () => ordered({ ...signed(ORDER), jws: `${signed(ORDER).jws} ${signed(ORDER, grace).jws}` }), 'SIGNATURE_INVALID'],
    ['under the signature on another order', () => ordered({ ...signed(ORDER), jws: signed({ ...ORDER, id: 'order-2' }).jws }), 'SIGNATURE_INVALID'],
    ['that is none', () => ordered({ value: Buffer.from('{}'), jws: signed(ORDER).jws }), 'EVENT_INVALID'],
  ])('%s is refused', (_, event, code) => {
    expect(check(event())).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('is of these days', () => {
    expect(check(ordered(), (NOW + hours(24)) as Instant)).not.toThrow();
    expect(check(ordered(), (NOW + hours(26)) as Instant)).toThrow('has signed is of');
    expect(check(ordered(), (NOW - hours(2)) as Instant)).toThrow('has signed is of');
  });
});
