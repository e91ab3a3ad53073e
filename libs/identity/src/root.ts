import { readFileSync } from 'node:fs';
import { CountersignError, isJsonObject, messageOf, type Principal } from '@countersign/kernel';
import { publicKeyOf } from './keys.js';
import type { Scope } from '@countersign/domain';
import { parseScope, SWITCHES, type MayStop, type Switch } from './may-stop.js';
import type { Person } from './people.js';
import { parsePrincipal } from './principals.js';

/** What a person of the root file may put in force. */
export const ROOT_ROLES = ['admin', 'operator'] as const;
export type RootRole = (typeof ROOT_ROLES)[number];

export interface RootPerson extends Person {
  readonly roles: readonly RootRole[];
  /** Absent: an operator may pull every switch. */
  readonly may?: MayStop;
}

/** The root of trust: mounted as a file, never read from the log. */
export interface Root {
  readonly people: readonly RootPerson[];
  /** How many people of a role have to sign. */
  readonly quorum: Readonly<Record<RootRole, number>>;
}

/**
 * Unless the file says otherwise, what an admin widens takes another one besides, where there is another one: a fresh local stack has
 * one. An operator may always act alone.
 */
const defaultQuorum = (role: RootRole, holders: number): number => (role === 'admin' && holders > 1 ? 2 : 1);

const refuse = (place: string, message: string): never => {
  throw new CountersignError('CONFIG_INVALID', `the root file: \`${place}\` ${message}`);
};

const onlyKeys = (value: object, known: readonly string[], place: string): void => {
  for (const key of Object.keys(value)) if (!known.includes(key)) refuse(`${place}/${key}`, 'is not known');
};

const personOf = (value: unknown, place: string, trustDomain: string | undefined): RootPerson => {
  if (!isJsonObject(value)) return refuse(place, 'must be an object');
  onlyKeys(value, ['subject', 'publicKey', 'roles', 'may'], place);
  const { subject, publicKey, roles, may } = value;
  if (typeof subject !== 'string' || parsePrincipal(subject, trustDomain)?.kind !== 'human') return refuse(`${place}/subject`, 'must be a person, such as `spiffe://countersign.local/human/ada`');
  if (typeof publicKey !== 'string') return refuse(`${place}/publicKey`, 'must be a public key in base64url');
  try {
    publicKeyOf(publicKey);
  } catch (fault) {
    return refuse(`${place}/publicKey`, `is no Ed25519 key: ${messageOf(fault)}`);
  }
  if (!Array.isArray(roles) || roles.length === 0) return refuse(`${place}/roles`, 'must be a list of roles');
  const known = roles.map((role, at) => ROOT_ROLES.find((one) => one === role) ?? refuse(`${place}/roles/${at}`, `must be one of ${ROOT_ROLES.join(', ')}`));
  return { subject: subject as Principal, publicKey, roles: known, ...(may !== undefined && { may: mayOf(may, `${place}/may`) }) };
};

const mayOf = (value: unknown, place: string): MayStop => {
  if (!isJsonObject(value)) return refuse(place, 'must be an object');
  onlyKeys(value, SWITCHES, place);
  const scopesOf = (of: Switch): readonly Scope[] | undefined => {
    const list = value[of];
    if (list === undefined) return undefined;
    if (!Array.isArray(list)) return refuse(`${place}/${of}`, 'must be a list of scopes');
    return list.map((text, at) => (typeof text === 'string' ? parseScope(text) : undefined) ?? refuse(`${place}/${of}/${at}`, 'must be a scope, such as `all` or `tenant:acme`'));
  };
  const [kill, mode] = [scopesOf('kill'), scopesOf('mode')];
  return { ...(kill && { kill }), ...(mode && { mode }) };
};

const quorumOf = (value: unknown, people: readonly RootPerson[]): Root['quorum'] => {
  if (value !== undefined && !isJsonObject(value)) return refuse('/quorum', 'must be an object');
  onlyKeys(value ?? {}, ROOT_ROLES, '/quorum');
  const of = (role: RootRole): number => {
    const holders = people.filter(({ roles }) => roles.includes(role)).length;
    const count = value?.[role] ?? defaultQuorum(role, holders);
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1) return refuse(`/quorum/${role}`, 'must be a whole number from 1');
    if (value?.[role] !== undefined && count > holders) return refuse(`/quorum/${role}`, `is ${count}, and ${holders} have the role`);
    return count;
  };
  return { admin: of('admin'), operator: of('operator') };
};

/** Reads `{"people":[{"subject","publicKey","roles","may":{"kill":["tenant:acme"],"mode":[]}}],"quorum":{"admin":1}}`; throws `CONFIG_INVALID`, which names the place. */
export const parseRoot = (text: string, trustDomain?: string): Root => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', 'the root file is no JSON', { cause });
  }
  if (!isJsonObject(value)) return refuse('', 'must be an object');
  onlyKeys(value, ['people', 'quorum'], '');
  if (!Array.isArray(value['people']) || value['people'].length === 0) return refuse('/people', 'must be a list of at least one person');
  const people = value['people'].map((person, at) => personOf(person, `/people/${at}`, trustDomain));
  for (const [at, person] of people.entries()) {
    const same = people.findIndex(({ subject, publicKey }) => subject === person.subject || publicKey === person.publicKey);
    if (same < at) refuse(`/people/${at}`, `has the subject or the key of \`/people/${same}\``);
  }
  return { people, quorum: quorumOf(value['quorum'], people) };
};

/** Reads the root file; throws `CONFIG_INVALID`. */
export const loadRoot = (path: string, trustDomain?: string): Root => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `the root file \`${path}\` cannot be read`, { cause });
  }
  return parseRoot(text, trustDomain);
};
