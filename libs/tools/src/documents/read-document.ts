import { hours, parseDuration, type JsonObject, type Millis, type Principal } from '@countersign/kernel';
import type { ConfigKind } from '@countersign/contracts';
import {
  DEFAULT_APPROVAL_HOURS,
  DEFAULT_QUORUM,
  DEFAULT_TIER,
  GROUPS_QUORUM,
  GROUPS_TIER,
  TOLD_TIER,
  type ApproverDirectory,
  type DocumentFault,
  type DocumentReader,
  type DocumentReading,
  type PolicyEffect,
  type PolicyFile,
} from '@countersign/domain';
import { compileSchema, type FaultsOf } from '../json-schema.js';
import type { RawApprovers, RawContract, RawPlaybook, RawPolicy, RawTenant, RawTool, RawWebhook } from './raw.js';
import { readContract } from './read-contract.js';
import { readPlaybook } from './read-playbook.js';
import { readTool } from './read-tool.js';
import { readTenant } from './read-tenant.js';
import { readWebhook } from './read-webhook.js';
import { APPROVERS_SHAPE, CONTRACT_SHAPE, PLAYBOOK_SHAPE, POLICY_SHAPE, TENANT_SHAPE, TOOL_SHAPE, WEBHOOK_SHAPE } from './shapes.js';

const readPolicy = (raw: RawPolicy, faults: DocumentFault[]): PolicyFile => {
  const names = new Set<string>();
  return {
    ...(raw.id === undefined ? {} : { id: raw.id }),
    ...(raw.version === undefined ? {} : { version: raw.version }),
    policies: raw.policies.map(({ name, if: conditions, then }, index) => {
      if (names.has(name)) faults.push({ pointer: `/policies/${index}/name`, message: `there is another rule \`${name}\`` });
      names.add(name);
      if (then.action === 'deny') {
        if (Object.keys(then).length > 1) faults.push({ pointer: `/policies/${index}/then`, message: '`deny` takes no further settings' });
        return { name, if: conditions, then: { action: 'deny' } };
      }
      return { name, if: conditions, then: readAsking(then, (key, message) => faults.push({ pointer: `/policies/${index}/then/${key}`, message })) };
    }),
  };
};

const readAsking = (raw: RawPolicy['policies'][number]['then'], fault: (key: string, message: string) => void): PolicyEffect => {
  const tier = raw.tier ?? DEFAULT_TIER;
  const quorum = raw.quorum ?? (tier === GROUPS_TIER ? GROUPS_QUORUM : DEFAULT_QUORUM);
  const within = raw.within === undefined ? hours(DEFAULT_APPROVAL_HOURS) : parseDuration(raw.within);
  if (tier === GROUPS_TIER && quorum < GROUPS_QUORUM) fault('quorum', `tier ${GROUPS_TIER} takes people of ${GROUPS_QUORUM} groups at least`);
  if (tier === TOLD_TIER && raw.quorum !== undefined) fault('quorum', `tier ${TOLD_TIER} asks nobody: people are told, and may take it back \`within\` the time`);
  const before = (key: 'remind' | 'escalate'): Millis | undefined => {
    const given = raw[key];
    const after = given === undefined ? undefined : parseDuration(given);
    if (after !== undefined && after >= within) fault(key, 'must be shorter than `within`');
    return after;
  };
  const [remind, escalate] = [before('remind'), before('escalate')];
  return {
    action: 'require_human_approval',
    tier,
    quorum,
    roles: raw.roles ?? [],
    within,
    ...(remind !== undefined && { remind }),
    ...(escalate !== undefined && { escalate }),
    ...(raw.escalate_to !== undefined && { escalateTo: raw.escalate_to }),
  };
};

const readApprovers = (raw: RawApprovers, faults: DocumentFault[]): ApproverDirectory => {
  const subjects = new Set<string>();
  const inSlack = new Set<string>();
  for (const [index, { subject, slack }] of raw.people.entries()) {
    if (subjects.has(subject)) faults.push({ pointer: `/people/${index}/subject`, message: 'is there twice' });
    subjects.add(subject);
    if (slack === undefined) continue;
    // One user who is two people would be two votes.
    if (inSlack.has(slack)) faults.push({ pointer: `/people/${index}/slack`, message: 'is somebody else already' });
    inSlack.add(slack);
  }
  return {
    ...(raw.id === undefined ? {} : { id: raw.id }),
    ...(raw.version === undefined ? {} : { version: raw.version }),
    people: raw.people.map(({ subject, name, public_key: publicKey, roles, group, slack }) => ({ subject: subject as Principal, name, publicKey, roles, ...(group !== undefined && { group }), ...(slack !== undefined && { slack }) })),
    ...(raw.fallback === undefined ? {} : { fallback: raw.fallback }),
    ...(raw.slack_max_tier === undefined ? {} : { slackMaxTier: raw.slack_max_tier }),
    ...(raw.slack_channels === undefined ? {} : { slackChannels: raw.slack_channels }),
  };
};

type Reader = (body: JsonObject, faults: DocumentFault[]) => unknown;

// The casts rest on the shapes, which are checked before.
const READERS: Readonly<Record<ConfigKind, { readonly shape: JsonObject; readonly read: Reader }>> = {
  contract: { shape: CONTRACT_SHAPE, read: (body, faults) => readContract(body as unknown as RawContract, faults) },
  tool: { shape: TOOL_SHAPE, read: (body, faults) => readTool(body as unknown as RawTool, faults) },
  policy: { shape: POLICY_SHAPE, read: (body, faults) => readPolicy(body as unknown as RawPolicy, faults) },
  playbook: { shape: PLAYBOOK_SHAPE, read: (body, faults) => readPlaybook(body as unknown as RawPlaybook, faults) },
  approvers: { shape: APPROVERS_SHAPE, read: (body, faults) => readApprovers(body as unknown as RawApprovers, faults) },
  tenant: { shape: TENANT_SHAPE, read: (body, faults) => readTenant(body as unknown as RawTenant, faults) },
  webhook: { shape: WEBHOOK_SHAPE, read: (body, faults) => readWebhook(body as unknown as RawWebhook, faults) },
};

const shapes = new Map<ConfigKind, FaultsOf>();
const shapeOf = (kind: ConfigKind): FaultsOf => {
  const shape = shapes.get(kind) ?? compileSchema(READERS[kind].shape);
  shapes.set(kind, shape);
  return shape;
};

/** Reads the body of a configuration file. Pure and total: what is wrong comes back as faults with pointers into the body. */
export const readDocument: DocumentReader = <Kind extends ConfigKind>(kind: Kind, body: JsonObject) => {
  const shapeFaults = shapeOf(kind)(body);
  if (shapeFaults.length > 0) return { faults: shapeFaults };
  const faults: DocumentFault[] = [];
  const document = READERS[kind].read(body, faults);
  return (faults.length > 0 ? { faults } : { document }) as DocumentReading<Kind>;
};
