import { formatDuration, hours, parseDuration, type JsonObject, type Principal, type Tenant, type Workflow } from '@countersign/kernel';
import type { ConfigKind } from '@countersign/contracts';
import {
  DEFAULT_APPROVAL_HOURS,
  DEFAULT_MAX_STEPS,
  DEFAULT_QUORUM,
  DEFAULT_TIER,
  MAX_RUN_TIMEOUT,
  MIN_RUN_TIMEOUT,
  type AgentContract,
  type ApproverDirectory,
  type DocumentFault,
  type DocumentReader,
  type DocumentReading,
  type PolicyFile,
} from '@countersign/domain';
import { compileSchema, schemaFaults, type FaultsOf } from '../json-schema.js';
import type { RawApprovers, RawContract, RawPlaybook, RawPolicy, RawTool } from './raw.js';
import { readPlaybook } from './read-playbook.js';
import { readTool } from './read-tool.js';
import { readUsd } from './read-usd.js';
import { APPROVERS_SHAPE, CONTRACT_SHAPE, PLAYBOOK_SHAPE, POLICY_SHAPE, TOOL_SHAPE } from './shapes.js';

/** A run that took longer has been forgotten by whoever waits for it. */
const DEFAULT_RUN_TIMEOUT = hours(24);

const readContract = (raw: RawContract, faults: DocumentFault[]): AgentContract => {
  faults.push(...schemaFaults(raw.input, '/input'));
  const maxTotalCost = raw.max_total_cost_usd === undefined ? undefined : readUsd(raw.max_total_cost_usd, '/max_total_cost_usd', faults);
  const run = raw.timeouts?.run === undefined ? DEFAULT_RUN_TIMEOUT : parseDuration(raw.timeouts.run);
  if (run < MIN_RUN_TIMEOUT || run > MAX_RUN_TIMEOUT) faults.push({ pointer: '/timeouts/run', message: `must be between ${formatDuration(MIN_RUN_TIMEOUT)} and ${formatDuration(MAX_RUN_TIMEOUT)}` });
  const { on_budget_exceeded: onBudgetExceeded, on_tool_error_rate_gt: onToolErrorRateGt, action } = raw.fallbacks ?? {};
  return {
    id: raw.id,
    version: raw.version,
    owner: raw.owner,
    tenants: raw.tenants as readonly Tenant[],
    workflow: raw.workflow as Workflow,
    accepts: raw.accepts,
    input: raw.input,
    tools: { read: raw.tools.read ?? [], write: raw.tools.write ?? [] },
    playbook: raw.playbook,
    budgets: { ...(maxTotalCost === undefined ? {} : { maxTotalCost }), ...(raw.max_tool_calls === undefined ? {} : { maxToolCalls: raw.max_tool_calls }), maxSteps: raw.max_steps ?? DEFAULT_MAX_STEPS },
    timeouts: { run },
    modelRouting: raw.model_routing ?? {},
    fallbacks: {
      ...(onBudgetExceeded === undefined ? {} : { onBudgetExceeded }),
      ...(onToolErrorRateGt === undefined ? {} : { onToolErrorRateGt }),
      ...(action === undefined ? {} : { action }),
    },
  };
};

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
      return {
        name,
        if: conditions,
        then: {
          action: 'require_human_approval',
          tier: then.tier ?? DEFAULT_TIER,
          quorum: then.quorum ?? DEFAULT_QUORUM,
          roles: then.roles ?? [],
          within: then.within === undefined ? hours(DEFAULT_APPROVAL_HOURS) : parseDuration(then.within),
        },
      };
    }),
  };
};

const readApprovers = (raw: RawApprovers, faults: DocumentFault[]): ApproverDirectory => {
  const subjects = new Set<string>();
  for (const [index, { subject }] of raw.people.entries()) {
    if (subjects.has(subject)) faults.push({ pointer: `/people/${index}/subject`, message: 'is there twice' });
    subjects.add(subject);
  }
  return {
    ...(raw.id === undefined ? {} : { id: raw.id }),
    ...(raw.version === undefined ? {} : { version: raw.version }),
    people: raw.people.map(({ subject, name, public_key: publicKey, roles }) => ({ subject: subject as Principal, name, publicKey, roles })),
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
