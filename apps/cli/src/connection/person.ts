import type { KeyObject } from 'node:crypto';
import { keyIdOf, loadKeyFile, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { approverOf, type ControlState } from '@countersign/domain';
import { CountersignError, type Principal } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings, type Settings } from './settings.js';

/** Who sits here, and signs. */
export interface SigningPerson {
  readonly subject: Principal;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  /** Detached JWS over bytes. */
  sign(bytes: Uint8Array): string;
}

export const personOf = (subject: Principal, privateKey: KeyObject): SigningPerson => {
  const publicKey = rawPublicKeyOf(privateKey);
  const key = keyIdOf(publicKey);
  return { subject, publicKey, sign: (bytes) => signAsPerson(bytes, privateKey, key) };
};

/** Why what the person signs would not count; nothing where the directory of approvers in force has this person, and this key. */
export const strangeTo = (controls: ControlState, { subject, publicKey }: SigningPerson): string | undefined => {
  const known = approverOf(controls, subject);
  if (!known) return `\`${subject}\` is not in the directory of approvers`;
  return known.publicKey === publicKey ? undefined : 'your key is not the one that the directory of approvers has for you';
};

/** The person of this connection; throws where none is named, or the key cannot be read. */
export const readPerson = (context: CommandContext): SigningPerson => personAt(readSettings(context), 'person');

/**
 * Who votes here, and hands tasks in under their own name: on a local stack another person than the one who puts things in force, who may not approve what is done under a
 * contract of theirs. Throws as `readPerson` does.
 */
export const readApprover = (context: CommandContext): SigningPerson => {
  const settings = readSettings(context);
  return personAt(settings, settings.get('approver.subject', CLIENT_VARIABLES.person) === undefined ? 'person' : 'approver');
};

const personAt = (settings: Settings, field: 'person' | 'approver'): SigningPerson => {
  const subject = settings.get(`${field}.subject`, CLIENT_VARIABLES.person);
  const keyFile = settings.path(`${field}.keyFile`, CLIENT_VARIABLES.personKeyFile);
  if (subject === undefined) throw settings.missing('the person who signs', CLIENT_VARIABLES.person);
  if (keyFile === undefined) throw settings.missing('the key of the person who signs', CLIENT_VARIABLES.personKeyFile);
  if (!subject.startsWith('spiffe://')) throw new CountersignError('CONFIG_INVALID', `\`${subject}\` is no principal`, { hint: 'such as `spiffe://countersign.local/human/ada`' });
  return personOf(subject as Principal, loadKeyFile(keyFile));
};
