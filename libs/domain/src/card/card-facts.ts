import type { Action, CardOpenedV1 } from '@countersign/contracts';
import { formatUsd, isJsonObject, isSealed, pointerPart, type Json, type Principal } from '@countersign/kernel';
import { voiceFault, type Asked } from '../approval/voice.js';
import { slackTierOf } from '../approval/in-slack.js';
import type { AgentContract } from '../config/agent-contract.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { Approver } from '../config/approver-directory.js';
import type { ControlState } from '../control/control-state.js';
import { approverOf, contractFor, policySetOf, toolByHash } from '../control/lookups.js';
import { fitting } from '../room.js';

type Facts = CardOpenedV1['facts'];

export interface CardContext {
  readonly controls: ControlState;
  /** Where cards go of what nobody in the directory names a channel for; absent: such cards are not shown. */
  readonly channel?: string | undefined;
}

/** A card has to find room in an event beside the whole action. */
const ROOM_FOR_NAMES = 600;
const MOST_PROSE = 20;

/** Longer than an id or a name, or of several words: somebody's prose, and nobody should take it for a fact. */
const LONGEST_NAME = 64;
const isProse = (value: Json): boolean => typeof value === 'string' && (value.length > LONGEST_NAME || /\s/.test(value));

/** Who may answer, by the directory in force; the names that there is room for, and how many more. */
export const peopleFor = (asked: Asked, controls: ControlState): { readonly people: string[]; readonly morePeople: number } =>
  namesThatFit((controls.active?.approvers?.document.people ?? []).filter((voter) => !voiceFault(asked, { voter })));

/** As many names as there is room for, and how many more. */
export const namesThatFit = (all: readonly Pick<Approver, 'name'>[]): { readonly people: string[]; readonly morePeople: number } => {
  const people = fitting(all.map(({ name }) => name), ROOM_FOR_NAMES);
  return { people, morePeople: all.length - people.length };
};

export const channelFor = (roles: readonly string[], { controls, channel }: CardContext): string | undefined => {
  const channels = controls.active?.approvers?.document.slackChannels ?? {};
  return roles.map((role) => channels[role]).find((named) => named !== undefined) ?? channels['default'] ?? channel;
};

export const nameOf = (subject: Principal, controls: ControlState): string => approverOf(controls, subject)?.name ?? subject.split('/').at(-1) ?? subject;

const proseOf = (args: Json, pointer = ''): readonly string[] => {
  if (Array.isArray(args)) return args.flatMap((item, index) => proseOf(item, `${pointer}/${index}`));
  if (isJsonObject(args)) return Object.entries(args).flatMap(([name, value]) => proseOf(value, `${pointer}/${pointerPart(name)}`));
  return isProse(args) && !isSealed(args) && pointer.length <= 200 ? [pointer] : [];
};

const amountsOf = (tool: ToolContract | undefined): Facts['amounts'] => Object.values(tool?.attributes ?? {}).flatMap(({ arg, unit }) => (unit === 'usd-cents' || unit === 'usd' ? [{ arg, unit }] : []));

/** What a run may use at most, as people read it. */
const budgetOf = (contract: AgentContract | undefined): readonly string[] => {
  const { usd, toolCalls, writes, records } = contract?.budgets.run ?? {};
  return [
    ...(usd === undefined ? [] : [`$${formatUsd(usd)}`]),
    ...(toolCalls === undefined ? [] : [`${toolCalls} calls`]),
    ...(writes === undefined ? [] : [`${writes} writes`]),
    ...(records === undefined ? [] : [`${records} records`]),
  ];
};

/** What is in force about an action, as far as a card shows it. */
export const factsOf = (action: Action, people: Pick<Facts, 'people' | 'morePeople'>, reasons: readonly { readonly rule: string }[], controls: ControlState): Facts => {
  const tool = toolByHash(controls, action.toolContractHash)?.document;
  const { hash, policies } = policySetOf(controls);
  const asking = new Set(reasons.map(({ rule }) => rule));
  const files = policies.filter(({ document }) => document.policies.some(({ name }) => asking.has(name)));
  const undo = tool?.compensation?.tool;
  return {
    effect: tool?.effect ?? 'write',
    risk: [...(tool?.risk ?? [])],
    ...(undo !== undefined && { undo }),
    amounts: amountsOf(tool).slice(0, MOST_PROSE),
    prose: proseOf(action.args).slice(0, MOST_PROSE),
    policies: fitting(files.map(({ id, version }) => `${id} ${version}`), ROOM_FOR_NAMES),
    budget: [...budgetOf(contractFor(controls, action.tenant, action.workflow)?.document)],
    ...people,
    ...(tool && { toolVersion: tool.version }),
    policySet: hash,
    maxTier: slackTierOf(controls.active?.approvers?.document ?? {}),
  };
};

