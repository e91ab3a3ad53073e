import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES, type Service } from '@countersign/contracts';
import { humanPrincipal, loadOrCreateKeyFile, rawPublicKeyOf, type Root } from '@countersign/identity';
import type { KeyObject } from 'node:crypto';

/** Who works at a local stack: one who puts things in force and stops them, and one who approves. Whoever sits there is both, and no signature of the one is the other's. */
export const LOCAL_PERSON = humanPrincipal('admin');
export const LOCAL_APPROVER = humanPrincipal('approver');

export interface StackKeys {
  readonly person: { readonly key: KeyObject; readonly file: string };
  readonly approver: { readonly key: KeyObject; readonly file: string };
  readonly services: Readonly<Record<Service, { readonly key: KeyObject; readonly file: string }>>;
  readonly rootFile: string;
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

const load = (file: string): { key: KeyObject; file: string } => ({ key: loadOrCreateKeyFile(file), file });

/**
 * Makes what is not there: one Ed25519 key per service, one of each person, and the root file that names the one who puts things in force. A root file that is
 * there stays: whoever wrote more people or a quorum into it means them.
 */
export const prepareKeys = (stackDir: string): StackKeys => {
  const folder = join(stackDir, 'keys');
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const person = load(join(folder, 'admin.pem'));
  const approver = load(join(folder, 'approver.pem'));
  const services = Object.fromEntries(SERVICES.map((service) => [service, load(join(folder, `${service}.pem`))])) as Record<Service, { key: KeyObject; file: string }>;
  const rootFile = join(folder, 'root.json');
  if (existsSync(rootFile)) return { person, approver, services, rootFile };
  const root: Root = { people: [{ subject: LOCAL_PERSON, publicKey: rawPublicKeyOf(person.key), roles: ['admin', 'operator'] }], quorum: { admin: 1, operator: 1 } };
  writeFileSync(rootFile, `${JSON.stringify(root, undefined, 2)}\n`, { mode: PRIVATE_FILE });
  return { person, approver, services, rootFile };
};
