import { decodeEvent, topicOfType, type ConfigFile, type Event, type EventType } from '@countersign/contracts';
import { canonicalJson, CountersignError, sha256, type Principal } from '@countersign/kernel';
import { isRawKey } from './encryption-key.js';
import { keyIdOf } from './keys.js';
import { mayStop } from './may-stop.js';
import { verifyPersons } from './people.js';
import type { Root, RootRole } from './root.js';

/** Types on `controls`, and whose signatures each needs. */
export const CONTROL_ROLES = {
  'countersign.policy.published': 'admin',
  'countersign.contract.published': 'admin',
  'countersign.tool.published': 'admin',
  'countersign.playbook.published': 'admin',
  'countersign.tenant.published': 'admin',
  'countersign.webhook.published': 'admin',
  'countersign.approvers.published': 'admin',
  'countersign.config.activated': 'admin',
  'countersign.key.announced': 'admin',
  'countersign.key.retired': 'admin',
  'countersign.dlq.redriven': 'operator',
  'countersign.log.ended': 'operator',
  'countersign.kill-switch.set': 'operator',
  'countersign.kill-switch.lifted': 'operator',
  'countersign.mode.changed': 'operator',
} as const satisfies Partial<Record<EventType, RootRole>>;

/**
 * Controls that one person of the role may write. Files do nothing until a manifest names them, and whether a manifest needs the
 * quorum depends on what it changes: whoever folds it finds out, see `quorate`.
 */
const SIGNED_BY_ONE: ReadonlySet<EventType> = new Set([
  'countersign.policy.published',
  'countersign.contract.published',
  'countersign.tool.published',
  'countersign.playbook.published',
  'countersign.approvers.published',
  'countersign.tenant.published',
  'countersign.webhook.published',
  'countersign.config.activated',
  'countersign.kill-switch.set',
  'countersign.kill-switch.lifted',
  'countersign.mode.changed',
] satisfies EventType[]);

export type ControlType = keyof typeof CONTROL_ROLES;
export type Control = Event<ControlType>;

export interface CheckedControl {
  readonly event: Control;
  readonly signers: readonly Principal[];
  /** Whether as many different people of its role have signed it as the root file asks for, its author among them and counted once. */
  readonly quorate: boolean;
}

/** Whether people put such events on `controls`. */
const isControl = (event: Event): event is Control => topicOfType(event.type) === 'controls' && Object.hasOwn(CONTROL_ROLES, event.type);

const checkHash = (file: ConfigFile): void => {
  if (sha256(canonicalJson(file.body)) !== file.hash) throw new CountersignError('EVENT_INVALID', '`/data/hash` is not the hash of the body');
};

/** What a control says of itself has to be true: a key's id and a file's hash are what everything else refers to. */
const checkContent = (event: Control): void => {
  switch (event.type) {
    case 'countersign.key.announced':
      if (keyIdOf(event.data.publicKey) !== event.data.key) throw new CountersignError('EVENT_INVALID', '`/data/key` is not the id of the public key');
      if (event.data.encryptionKey !== undefined && !isRawKey(event.data.encryptionKey)) throw new CountersignError('EVENT_INVALID', '`/data/encryptionKey` is no public key');
      return;
    case 'countersign.policy.published':
    case 'countersign.contract.published':
    case 'countersign.tool.published':
    case 'countersign.playbook.published':
    case 'countersign.tenant.published':
    case 'countersign.webhook.published':
    case 'countersign.approvers.published':
      checkHash(event.data);
      return;
    case 'countersign.config.activated':
    case 'countersign.key.retired':
    case 'countersign.dlq.redriven':
    case 'countersign.log.ended':
    case 'countersign.kill-switch.set':
    case 'countersign.kill-switch.lifted':
    case 'countersign.mode.changed':
  }
};

/** How many different people have to sign a control before it counts at all; a manifest that widens, and what lets go on, need the quorum besides. */
export const signaturesNeeded = (type: ControlType, root: Root): number => (SIGNED_BY_ONE.has(type) ? 1 : root.quorum[CONTROL_ROLES[type]]);

const entitledAmong = (signers: readonly Principal[], event: Control, root: Root): readonly Principal[] =>
  signers.filter((signer) => root.people.some(({ subject, roles, may }) => subject === signer && roles.includes(CONTROL_ROLES[event.type]) && mayStop(may, event)));

/**
 * A record of `controls`, if people of the root file who may do this have signed it, enough of them, and the one it names
 * as its actor among them. Of files, manifests and switches one signature is enough here. Throws what `decodeEvent` and
 * `verifyPersons` throw; `EVENT_MISPLACED` for what is no control, `SIGNER_WRONG` where role, actor or quorum are not as they must be.
 */
export const checkControl = (value: Buffer, jws: Uint8Array | string | undefined, root: Root): CheckedControl => {
  const event = decodeEvent(value);
  if (!isControl(event)) throw new CountersignError('EVENT_MISPLACED', `\`${event.type}\` is no control`);
  const signers = verifyPersons(value, jws, root.people);
  const role = CONTROL_ROLES[event.type];
  const entitled = entitledAmong(signers, event, root);
  const needed = signaturesNeeded(event.type, root);
  if (!entitled.includes(event.actor)) throw new CountersignError('SIGNER_WRONG', `\`${event.actor}\` did not sign, is no ${role}, or is one of other scopes`);
  if (entitled.length < needed) throw new CountersignError('SIGNER_WRONG', `${entitled.length} of ${needed} needed signatures of role ${role}`);
  checkContent(event);
  return { event, signers, quorate: entitled.length >= root.quorum[role] };
};
