import type { Event, EventData, EventType, Reason } from '@countersign/contracts';
import { dottedPart, formatUsd, isJsonObject, type Json, type JsonObject, type MicroUsd } from '@countersign/kernel';
import { previewLine } from '../../approvals/preview-text.js';
import { shortHash, who } from '../../terminal/short.js';
import { took } from '../../terminal/when.js';
import type { Logged } from '../logged.js';

/** Something that can be said of a run, and which event says it. */
export interface Fact {
  /** `task`, `versions`, `step NAME`, `end`, `ids and times`. */
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly event: string;
}

/** What differs between any two runs is told, and makes no difference. */
export const BY_NATURE = 'ids and times';

type Said = readonly [section: string, name: string, value: string];

/** Values by their paths; empty objects and lists are values too. */
const leaves = (value: Json, path: string): readonly (readonly [path: string, text: string])[] => {
  const isFolded = isJsonObject(value) && Object.keys(value).length > 0;
  return isFolded ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${dottedPart(name)}`)) : [[path, JSON.stringify(value)]];
};

const all = (section: string, root: string, value: JsonObject): readonly Said[] => (Object.keys(value).length === 0 ? [] : leaves(value, root).map(([path, text]) => [section, path, text]));

const pinned = ({ id, version, hash }: { readonly id: string; readonly version: number; readonly hash: string }): string => `${id} v${version} (${shortHash(hash)})`;

const because = (reasons: readonly Reason[]): string => reasons.map(({ rule, message }) => `${rule}: ${message}`).join('; ') || 'no rule';

const usd = (microUsd: number): string => `$${formatUsd(microUsd as MicroUsd)}`;

/** The outside's own id is another one each time, wherever it stands in the answer. */
const resultOf = (step: string, { result, blob, outsideId }: EventData<'countersign.action.succeeded'>): readonly Said[] =>
  blob ? [[step, 'result', `${blob.size} bytes (${shortHash(blob.sha256)})`]] : all(step, 'result', result ?? {}).filter(([, , text]) => text !== JSON.stringify(outsideId));

/** What an event of each type says of its run; of types that are not here there is nothing to compare. */
const SAID: { readonly [Type in EventType]?: (event: Event<Type>, step: string) => readonly Said[] } = {
  'countersign.task.submitted': (event) => [['task', 'workflow', `${event.tenant}/${event.workflow}`], ['task', 'type', event.data.upstreamType], ['task', 'from', event.data.source], ['task', 'for', who(event.data.subject)], ...all('task', 'input', event.data.input), [BY_NATURE, 'task', event.data.task]],
  'countersign.undo.ordered': (event) => [['task', 'undoes', event.data.undoes.step], ['task', 'for', who(event.data.by)], ['task', 'reason', event.data.reason]],
  'countersign.run.started': (event) => [['task', 'agent', who(event.data.agent)], ['versions', 'contract', pinned(event.data.contract)], ...(event.data.playbook ? [['versions', 'playbook', pinned(event.data.playbook)] as const] : [])],
  'countersign.context.opened': (event) => [['task', 'others wrote in it', event.data.untrusted ? 'yes' : 'no'], ['task', 'sensitive', event.data.sensitive ? 'yes' : 'no'], ...event.data.facts.map(({ name, number, text }): Said => ['task', `fact ${name}`, String(number ?? text)])],
  'countersign.action.proposed': (event, step) => [['versions', `tool ${event.data.action.tool}`, shortHash(event.data.action.toolContractHash)], [step, 'tool', event.data.action.tool], [step, 'on', event.data.action.destination], ...all(step, 'args', event.data.action.args)],
  'countersign.proposal.rejected': (event, step) => [[step, 'proposal', `${event.data.code}: ${event.data.message}`]],
  'countersign.action.allowed': (event, step) => [['versions', 'policy set', shortHash(event.data.policySet)], [step, 'decision', `allowed by ${event.data.rules.join(', ') || 'no rule'}`]],
  'countersign.action.denied': (event, step) => [['versions', 'policy set', shortHash(event.data.policySet)], [step, 'decision', `denied by ${because(event.data.reasons)}`]],
  'countersign.approval.required': (event, step) => [['versions', 'policy set', shortHash(event.data.policySet)], [step, 'decision', `asks ${event.data.quorum} of ${event.data.confirmation ? who(event.data.sub) : event.data.roles.join(' or ') || 'any approver'}, tier ${event.data.tier}: ${because(event.data.reasons)}`]],
  'countersign.decision.deferred': (event, step) => [[step, 'decision', `put off (${event.data.until})`]],
  'countersign.decision.lapsed': (event, step) => [[step, 'decision', event.data.reason]],
  'countersign.approval.previewed': (event, step) => [[step, 'preview', previewLine(event.data) ?? event.data.preview.kind]],
  'countersign.approval.vote-cast': (event, step) => [[step, 'votes', `${event.data.choice === 'approve' ? 'yes' : 'no'} of ${who(event.data.voter)}${event.data.onBehalfOf === undefined ? '' : ` for ${who(event.data.onBehalfOf)}`}${event.data.consent === undefined ? '' : ' beforehand'}`]],
  'countersign.approval.rejected': (event, step) => [[step, 'approval', `rejected by ${who(event.data.by)}: ${event.data.reason}`]],
  'countersign.approval.granted': (_event, step) => [[step, 'approval', 'granted']],
  'countersign.approval.expired': (_event, step) => [[step, 'approval', 'expired']],
  'countersign.approval.withdrawn': (_event, step) => [[step, 'approval', 'withdrawn']],
  'countersign.attempt.started': (event, step) => [[step, 'execution', `attempt ${event.data.attempt}`]],
  'countersign.action.succeeded': (event, step) => [[step, 'execution', 'succeeded'], ...resultOf(step, event.data), ...(event.data.outsideId === undefined ? [] : [[BY_NATURE, `${event.step} outside`, event.data.outsideId] as const])],
  'countersign.action.verified': (_event, step) => [[step, 'execution', 'verified']],
  'countersign.action.diverged': (event, step) => [[step, 'execution', `diverged: ${event.data.faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`]],
  'countersign.action.failed': (event, step) => [[step, 'execution', `failed: ${event.data.code}`]],
  'countersign.action.unknown': (event, step) => [[step, 'execution', `unknown: ${event.data.code}`]],
  'countersign.grant.refused': (event, step) => [[step, 'execution', `refused: ${event.data.code}`]],
  'countersign.step.observed': (event, step) => [[step, 'end', `${event.data.outcome}${event.data.reason === undefined ? '' : `: ${event.data.reason}`}`]],
  'countersign.run.input-requested': (event, step) => [[step, 'question', `${event.data.reason}: ${event.data.message}`]],
  'countersign.run.input-answered': (event, step) => [[step, 'answer', `${event.data.choice} of ${who(event.data.by)}: ${event.data.reason}`]],
  'countersign.run.input-expired': (_event, step) => [[step, 'answer', 'nobody answered']],
  'countersign.budget.settled': (event, step) => [[step, 'cost', usd(event.data.used.microUsd)]],
  'countersign.budget.exhausted': (event) => [['end', 'budget', `${event.data.limit} of ${event.data.scope} would be passed: ${event.data.then}`]],
  'countersign.workflow.degraded': (event) => [['end', 'degraded', `${event.data.limit}: ${event.data.to}`]],
  'countersign.run.closed': (event) => [
    ['end', 'outcome', event.data.outcome],
    ['end', 'reason', event.data.reason],
    ['end', 'cost', usd(event.data.cost.microUsd)],
    ['end', 'tokens', String(event.data.cost.promptTokens + event.data.cost.completionTokens)],
    ['end', 'stands outside', event.data.sideEffects.map((effect) => `${effect.step} ${effect.undoneBy === undefined ? effect.state : `undone by ${effect.undoneBy}`}`).join(', ') || 'nothing'],
  ],
};

const saidOf = (event: Event): readonly Said[] => {
  // The table pairs each type with what reads it; the compiler cannot follow that through a look-up.
  const read = SAID[event.type] as ((event: Event, step: string) => readonly Said[]) | undefined;
  return read?.(event, `step ${event.step ?? ''}`) ?? [];
};

/** How long it took from one event to another of a kind, for the run and for each of its steps. */
const times = (log: readonly Logged[]): readonly Fact[] => {
  const find = (type: Event['type'], step?: string): Event | undefined => log.find(({ event }) => event.type === type && (step === undefined || event.step === step))?.event;
  const between = (name: string, from: Event | undefined, to: Event | undefined): readonly Fact[] => {
    const value = took(from?.time, to?.time);
    return value === undefined || !to ? [] : [{ section: BY_NATURE, name, value, event: to.id }];
  };
  const steps = [...new Set(log.flatMap(({ event }) => (event.type === 'countersign.action.proposed' ? [event.step ?? ''] : [])))];
  return [
    ...between('took', find('countersign.task.submitted') ?? find('countersign.run.started'), find('countersign.run.closed')),
    ...steps.flatMap((step) => [
      ...between(`${step} took`, find('countersign.action.proposed', step), find('countersign.step.observed', step)),
      ...between(`${step} people took`, find('countersign.approval.requested', step), find('countersign.approval.granted', step) ?? find('countersign.approval.rejected', step)),
    ]),
  ];
};

/** Everything that can be compared of a run, in the order in which it happened; what was said again and otherwise stands behind it. */
export const factsOf = (log: readonly Logged[]): readonly Fact[] => {
  const facts = new Map<string, Fact>();
  for (const { event } of log) {
    for (const [section, name, value] of saidOf(event)) {
      const key = JSON.stringify([section, name]);
      const before = facts.get(key);
      // A task may be handed in twice, and the set of rules is in every decision; what a step does twice is told twice.
      if (before && !section.startsWith('step ') && before.value.split(', then ').includes(value)) continue;
      facts.set(key, { section, name, value: before ? `${before.value}, then ${value}` : value, event: event.id });
    }
  }
  return [...facts.values(), ...times(log)];
};
