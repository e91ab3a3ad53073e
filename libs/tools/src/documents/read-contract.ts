import { formatDuration, hours, isTimeZone, parseDuration, type Millis, type Tenant, type Workflow } from '@countersign/kernel';
import {
  DEFAULT_ESCALATION_REASONS,
  DEFAULT_FALLBACKS,
  DEFAULT_MAX_STEPS,
  DEFAULT_REPEATS,
  DEFAULT_TIME_ZONE,
  destinationPatternFault,
  MAX_RUN_TIMEOUT,
  MIN_RUN_TIMEOUT,
  markFaults,
  type AgentContract,
  type Budgets,
  type ContextFact,
  type DocumentFault,
  type Escalation,
  type RunLimits,
} from '@countersign/domain';
import { schemaFaults } from '../json-schema.js';
import type { RawContextFact, RawContract } from './raw.js';
import { readLimits } from './read-limits.js';
import { readUsd } from './read-usd.js';

/** A run that took longer has been forgotten by whoever waits for it. */
const DEFAULT_RUN_TIMEOUT = hours(24);
/** A fact that nobody says how long to trust is looked up in each run: no run lasts longer. */
const DEFAULT_FACT_AGE = MAX_RUN_TIMEOUT;

const timeZone = (name: string, pointer: string, faults: DocumentFault[]): string => {
  if (!isTimeZone(name)) faults.push({ pointer, message: `\`${name}\` is no time zone such as \`Europe/Berlin\`` });
  return name;
};

/** The short names that a contract may use beside `budgets.run`; one place may say it, not both. */
const runLimits = (raw: RawContract, faults: DocumentFault[]): RunLimits => {
  const run = raw.budgets?.run ?? {};
  for (const [short, long, name] of [
    [raw.max_total_cost_usd, run.usd, 'max_total_cost_usd'],
    [raw.max_tool_calls, run.tool_calls, 'max_tool_calls'],
    [raw.max_steps, run.steps, 'max_steps'],
  ] as const) {
    if (short !== undefined && long !== undefined) faults.push({ pointer: `/${name}`, message: 'is said in `budgets.run` too' });
  }
  const toolCalls = raw.max_tool_calls ?? run.tool_calls;
  return {
    ...readLimits(run, '/budgets/run', faults),
    ...(raw.max_total_cost_usd !== undefined && { usd: readUsd(raw.max_total_cost_usd, '/max_total_cost_usd', faults) }),
    ...(toolCalls !== undefined && { toolCalls }),
    steps: raw.max_steps ?? run.steps ?? DEFAULT_MAX_STEPS,
    ...(run.rate_per_minute !== undefined && { perMinute: run.rate_per_minute }),
  };
};

const within = (text: string, faults: DocumentFault[]): Millis => {
  const time = parseDuration(text);
  if (time > MAX_RUN_TIMEOUT) faults.push({ pointer: '/escalation/within', message: `must be at most ${formatDuration(MAX_RUN_TIMEOUT)}` });
  return time;
};

const escalationOf = ({ role, within: text, reasons, escalate_to: escalateTo }: NonNullable<RawContract['escalation']>, faults: DocumentFault[]): Escalation => ({
  role,
  within: within(text, faults),
  reasons: reasons ?? DEFAULT_ESCALATION_REASONS,
  ...(escalateTo && { escalateTo }),
});

const budgetsOf = (raw: RawContract, faults: DocumentFault[]): Budgets => ({
  run: runLimits(raw, faults),
  day: readLimits(raw.budgets?.day ?? {}, '/budgets/day', faults),
  month: readLimits(raw.budgets?.month ?? {}, '/budgets/month', faults),
  ...(raw.budgets?.rate_per_minute !== undefined && { perMinute: raw.budgets.rate_per_minute }),
  timeZone: timeZone(raw.budgets?.time_zone ?? DEFAULT_TIME_ZONE, '/budgets/time_zone', faults),
  repeats: raw.max_repeats ?? DEFAULT_REPEATS,
});

const factOf = ({ task, tool, path, unit, max_age: maxAge }: RawContextFact): ContextFact =>
  tool === undefined
    ? { from: 'task', pointer: task ?? '', unit }
    : { from: 'tool', tool, pointer: path ?? '', unit, maxAge: maxAge === undefined ? DEFAULT_FACT_AGE : parseDuration(maxAge) };

export const readContract = (raw: RawContract, faults: DocumentFault[]): AgentContract => {
  faults.push(...schemaFaults(raw.input, '/input'), ...markFaults(raw.input, '/input'), ...(raw.outcome ? schemaFaults(raw.outcome, '/outcome', ['opened']) : []));
  for (const [index, pattern] of (raw.destinations ?? []).entries()) {
    const message = destinationPatternFault(pattern);
    if (message !== undefined) faults.push({ pointer: `/destinations/${index}`, message });
  }
  const run = raw.timeouts?.run === undefined ? DEFAULT_RUN_TIMEOUT : parseDuration(raw.timeouts.run);
  if (run < MIN_RUN_TIMEOUT || run > MAX_RUN_TIMEOUT) faults.push({ pointer: '/timeouts/run', message: `must be between ${formatDuration(MIN_RUN_TIMEOUT)} and ${formatDuration(MAX_RUN_TIMEOUT)}` });
  const { on_budget_exceeded: onBudgetExceeded, on_tool_error_rate_gt: onToolErrorRateGt, action, escalate_to: escalateTo } = raw.fallbacks ?? {};
  return {
    id: raw.id,
    version: raw.version,
    owner: raw.owner,
    tenants: raw.tenants as readonly Tenant[],
    workflow: raw.workflow as Workflow,
    accepts: raw.accepts,
    input: raw.input,
    ...(raw.data_subject !== undefined && { dataSubject: raw.data_subject }),
    ...(raw.outcome && { outcome: raw.outcome }),
    tools: { read: raw.tools.read ?? [], write: raw.tools.write ?? [] },
    resources: raw.resources ?? {},
    writableFields: raw.writable_fields ?? {},
    destinations: raw.destinations ?? [],
    context: Object.fromEntries(Object.entries(raw.context ?? {}).map(([name, fact]) => [name, factOf(fact)])),
    stage: raw.stage ?? 'autonomous',
    windows: raw.windows ?? [],
    playbook: raw.playbook,
    budgets: budgetsOf(raw, faults),
    timeouts: { run },
    modelRouting: raw.model_routing ?? {},
    ...(raw.escalation && { escalation: escalationOf(raw.escalation, faults) }),
    fallbacks: {
      onBudgetExceeded: onBudgetExceeded ?? DEFAULT_FALLBACKS.onBudgetExceeded,
      ...(onToolErrorRateGt !== undefined && { onToolErrorRateGt }),
      action: action ?? DEFAULT_FALLBACKS.action,
      escalateTo: escalateTo ?? DEFAULT_FALLBACKS.escalateTo,
    },
  };
};
