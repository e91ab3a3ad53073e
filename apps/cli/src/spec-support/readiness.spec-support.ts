import { resolve } from 'node:path';
import { CORE_SERVICES } from '@countersign/contracts';
import { filesOfConfiguration, type Approver, type ControlState } from '@countersign/domain';
import { sha256, type KeyId, type Principal } from '@countersign/kernel';
import { whoCan } from '../access/who-can.js';
import type { SignOffView } from '../ledger/shapes.js';
import { folderBook } from '../policy/rule-book.js';
import { contractMeant } from '../readiness/gather.js';
import { LAST_RUNS, subjectOf, type Facts } from '../readiness/readiness.js';
import { checklist } from '../readiness/rows.js';
import { contextIn } from './context.spec-support.js';

const ROOT = resolve(import.meta.dirname, '../../../..');
export const OWN = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk';
export const person = (name: string): Principal => `spiffe://countersign.local/human/${name}` as Principal;
export const approver = (name: string, ...roles: readonly string[]): Approver => ({ subject: person(name), name, publicKey: name.padEnd(43, 'A'), roles });
export const PEOPLE = [approver('grace', 'finance', 'support'), approver('lena', 'legal'), approver('sam', 'security'), approver('root', 'security')];

/** The example configuration in force, with keys and people. */
export const controlsWith = (people: readonly Approver[] = PEOPLE, key: (service: string) => string = (service) => service): ControlState => {
  const { controls } = folderBook(contextIn(ROOT).context, 'config');
  const { active } = controls;
  if (!active?.approvers) throw new Error('the example has no directory');
  const { contract } = contractMeant(controls, 'acme/refund-desk');
  const keys = CORE_SERVICES.map((service, announced) => [service as unknown as KeyId, { key: service as unknown as KeyId, service, publicKey: key(service), announced }] as const);
  return { ...controls, keys: new Map(keys), authors: new Map([[contract.hash, [person('root')]]]), active: { ...active, approvers: { ...active.approvers, document: { ...active.approvers.document, people } } } };
};

export const CONTROLS = controlsWith();
export const { contract: CONTRACT } = contractMeant(CONTROLS, 'acme/refund-desk');
const TOOLS = [...CONTRACT.document.tools.read, ...CONTRACT.document.tools.write];
const activeOf = ({ active }: ControlState): NonNullable<ControlState['active']> => {
  if (!active) throw new Error('nothing is in force');
  return active;
};
export const ACTIVE = activeOf(CONTROLS);
const FILES = filesOfConfiguration(ACTIVE);

/** Everything is as a reviewer wants it, but for the signatures. */
export const GOOD: Facts = {
  tenant: 'acme',
  contract: CONTRACT,
  controls: CONTROLS,
  access: TOOLS.flatMap((tool) => whoCan(tool, FILES).filter(({ contract }) => contract === CONTRACT.id)),
  runs: Array.from({ length: LAST_RUNS }, (_, index) => ({ id: `run-${index}`, agent: OWN, closed: `closed-${index}` })),
  used: new Map(TOOLS.map((tool) => [tool, 'run-1'])),
  cases: { folder: 'config/tests', ran: 23, differing: [] },
  replays: { kind: 'ran', runs: LAST_RUNS, differing: [] },
  signOffs: [],
  roles: ['security', 'legal', 'finance'],
  command: (args) => `countersign ${args}`,
};

export const signed = (name: string, role: string, change: Partial<SignOffView> = {}): SignOffView => ({ id: `signed-${name}`, person: person(name), role, subject: subjectOf(GOOD, checklist(GOOD)), met: [], reason: 'looked through', at: '2026-01-02T03:04:05.000Z', topic: 'ballots', partition: 0, offset: 1, sha256: sha256('x'), ...change });
export const ALL_SIGNED = [signed('sam', 'security'), signed('lena', 'legal'), signed('grace', 'finance')];
