import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, SERVICES, type ConfigKind, type EventType, type NewEvent, type Service } from '@countersign/contracts';
import type { NewRecord } from '@countersign/bus';
import { manifestHash, sortFiles } from '@countersign/domain';
import { generateKey, humanPrincipal, keyIdOf, rawEncryptionKeyOf, rawPublicKeyOf, signAsPerson, type Root, type RootRole } from '@countersign/identity';
import type { Instant, KeyId, Principal } from '@countersign/kernel';
import { loadConfig } from '@countersign/tools';
import { writeConfiguration } from '../../support/configuration.ts';

/** Somebody with a key of their own. */
export interface Signatory {
  readonly subject: Principal;
  readonly key: KeyObject;
  readonly id: KeyId;
}

export const signatory = (name: string): Signatory => {
  const key = generateKey();
  return { subject: humanPrincipal(name), key, id: keyIdOf(rawPublicKeyOf(key)) };
};

/** Two admins have to sign; one operator may act alone. */
export const ROOT_PEOPLE = { lea: signatory('lea'), max: signatory('max'), olga: signatory('olga') };
const rooted = ({ subject, key }: Signatory, ...roles: readonly RootRole[]) => ({ subject, publicKey: rawPublicKeyOf(key), roles });
export const ROOT: Root = {
  people: [rooted(ROOT_PEOPLE.lea, 'admin'), rooted(ROOT_PEOPLE.max, 'admin'), rooted(ROOT_PEOPLE.olga, 'operator')],
  quorum: { admin: 2, operator: 1 },
};
const ADMINS = [ROOT_PEOPLE.lea, ROOT_PEOPLE.max];

/** Approvers with the roles that are asked for. */
export const APPROVERS = { ada: signatory('ada'), grace: signatory('grace'), cem: signatory('cem') };
export const STRANGER = signatory('mallory');

export interface ServiceKey {
  readonly key: KeyObject;
  readonly id: KeyId;
}
export const serviceKey = (): ServiceKey => {
  const key = generateKey();
  return { key, id: keyIdOf(rawPublicKeyOf(key)) };
};
/** The key of each service, one that policy had before, and one that nobody announced. */
export const KEYS = Object.fromEntries(SERVICES.map((service) => [service, serviceKey()])) as Readonly<Record<Service, ServiceKey>>;
export const RETIRED = serviceKey();
export const UNANNOUNCED = serviceKey();

/** Signatures over a value as they stand in `cs-jws`. */
export const jwsOf = (value: Uint8Array, signers: readonly Signatory[]): string => signers.map(({ key, id }) => signAsPerson(value, key, id)).join(' ');

export const personRecord = (value: Buffer, jws: string | undefined, key: Buffer | null = null): NewRecord => ({
  key,
  value,
  headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, ...(jws === undefined ? {} : { [HEADERS.personSignature]: jws }) },
});

/** A control as people sign it; by both admins unless told otherwise. */
export const controlRecord = <Type extends EventType>(given: Omit<NewEvent<Type>, 'service' | 'now' | 'actor'>, signers: readonly Signatory[] = ADMINS): NewRecord => {
  const [first = STRANGER] = signers;
  const value = encodeEvent(newEvent<Type>({ ...given, service: 'operator', actor: first.subject, now: Date.now() as Instant }));
  return personRecord(value, jwsOf(value, signers));
};

const PUBLISHED = {
  contract: 'countersign.contract.published',
  tool: 'countersign.tool.published',
  policy: 'countersign.policy.published',
  playbook: 'countersign.playbook.published',
  approvers: 'countersign.approvers.published',
  tenant: 'countersign.tenant.published',
  webhook: 'countersign.webhook.published',
} as const satisfies Readonly<Record<ConfigKind, EventType>>;

/** The example configuration and that of the tests, put in force, and the keys of services. */
export const controlsOfDesk = (): readonly NewRecord[] => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-forgery-'));
  try {
    writeConfiguration(folder, [APPROVERS.ada, APPROVERS.grace, APPROVERS.cem].map(({ subject, key }) => ({ name: subject.slice(subject.lastIndexOf('/') + 1), subject, key })));
    const { files, faults } = loadConfig(folder, { localPublicKey: rawPublicKeyOf(ROOT_PEOPLE.lea.key) });
    if (faults.length > 0) throw new Error(`the configuration has faults: ${JSON.stringify(faults)}`);
    const active = sortFiles(files).map(({ kind, id, version, hash }) => ({ kind, id, version, hash }));
    const announced = [...Object.entries(KEYS), ['policy', RETIRED] as const] as readonly (readonly [Service, ServiceKey])[];
    return [
      ...files.map(({ kind, id, version, hash, path, body }) => controlRecord({ type: PUBLISHED[kind], subject: `${kind}/${id}`, data: { id, version, hash, path, body } })),
      controlRecord({ type: 'countersign.config.activated', subject: 'manifest', data: { version: 1, hash: manifestHash(active), files: active } }),
      ...announced.map(([service, { key, id }]) => controlRecord({ type: 'countersign.key.announced', subject: id, data: { service, key: id, publicKey: rawPublicKeyOf(key), ...(service === 'executor' && { encryptionKey: rawEncryptionKeyOf(key) }) } })),
      controlRecord({ type: 'countersign.key.retired', subject: RETIRED.id, data: { key: RETIRED.id } }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
