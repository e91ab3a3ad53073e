import type { ContextValue, Event } from '@countersign/contracts';
import { atPointer, centsFromDecimal, timestamp, type Instant, type Json, type JsonObject } from '@countersign/kernel';
import type { AgentContract, ContextFact } from '../config/agent-contract.js';
import { SENSITIVE_CLASSES, type AttributeUnit, type ToolContract } from '../config/tool-contract.js';
import type { Pinned } from '../config/document.js';
import { contractFor, contractOfTask } from '../control/lookups.js';
import type { ControlState } from '../control/control-state.js';
import type { DecisionState } from '../decision/decision-state.js';
import type { OutputOf } from '../output.js';
import { fitting } from '../room.js';
import { runOfTask } from '../run/run-of-task.js';
import { isAgain } from '../run/answer-rights.js';
import { hashOfUndo, undoneStep, undoOf } from '../undo/undo.js';
import { isAboutRun } from './about-run.js';
import { marksOf, mayBeSensitive, mayHoldOthers, type Marks } from './schema-marks.js';

export interface ContextClock {
  readonly now: Instant;
  readonly controls: ControlState;
}

/** A task of this size is kept whole; what it says beyond counts as not said, which only makes more be asked about. */
const ROOM_FOR_WORDS = 8 * 1024;
const LONGEST_FACT = 300;

const isSensitive = ({ classes }: Marks): boolean => SENSITIVE_CLASSES.some((name) => classes.has(name));

/** A fact that is no value of its unit is missing. */
const valueOf = (name: string, value: Json | undefined, unit: AttributeUnit, at: string): ContextValue[] => {
  if (unit === 'text') return typeof value === 'string' && value.length <= LONGEST_FACT && value.isWellFormed() ? [{ name, text: value, at }] : [];
  const number = unit === 'usd' ? centsFromDecimal(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? [{ name, number, at }] : [];
};

/** What stands in the words of others is no fact, wherever a contract points. */
const factsFrom = (contract: AgentContract, of: (fact: ContextFact) => Json | undefined, { words }: Marks, at: string): ContextValue[] =>
  Object.entries(contract.context).flatMap(([name, fact]) => {
    const value = of(fact);
    return (typeof value === 'string' || typeof value === 'number') && words.includes(String(value)) ? valueOf(name, value, fact.unit, at) : [];
  });

/** What policy writes of a task; nothing for one that it has seen, and for one that no contract covers: then every action of its run is denied. */
export const openContext = ({ tenant, workflow, controlepoch: taskEpoch = -1, data }: Event<'countersign.task.submitted'>, state: DecisionState, { now, controls }: ContextClock): readonly OutputOf<'countersign.context.opened'>[] => {
  if (tenant === undefined || workflow === undefined) return [];
  const run = runOfTask(tenant, workflow, data);
  if (state.contexts.has(run) || state.seen.has(run, now)) return [];
  const contract = contractOfTask(controls, tenant, workflow, data.contract.hash, now)?.document;
  if (!contract) return [];
  const marks = marksOf(data.input, contract.input);
  const at = timestamp(now);
  return [
    {
      type: 'countersign.context.opened',
      tenant,
      workflow,
      run,
      data: {
        subject: data.subject,
        contract: data.contract,
        taskEpoch,
        deadline: timestamp((now + contract.timeouts.run) as Instant),
        words: fitting([...new Set(marks.words)], ROOM_FOR_WORDS),
        facts: factsFrom(contract, (fact) => (fact.from === 'task' ? atPointer(data.input, fact.pointer) : undefined), marks, at),
        untrusted: marks.untrusted,
        sensitive: isSensitive(marks),
      },
    },
  ];
};

/** What policy writes of an order to undo; nothing where it knows of nothing to undo: then every action of its run is denied. */
export const openUndo = ({ tenant, workflow, run, controlepoch: taskEpoch = -1, data }: Event<'countersign.undo.ordered'>, state: DecisionState, { now, controls }: ContextClock): readonly OutputOf<'countersign.context.opened'>[] => {
  if (tenant === undefined || workflow === undefined || run === undefined || state.contexts.has(run) || state.seen.has(run, now)) return [];
  const { undoes, by } = data;
  const contract = contractFor(controls, tenant, workflow);
  if (!contract || !state.undoable.get(undoes, now)) return [];
  const { id, version, hash, document } = contract;
  const deadline = timestamp((now + document.timeouts.run) as Instant);
  return [{ type: 'countersign.context.opened', tenant, workflow, run, data: { subject: by, contract: { id, version, hash }, taskEpoch, deadline, words: [], facts: [], untrusted: false, sensitive: false, undoes } }];
};

/**
 * What a person answered to a run, as far as policy has to know it: the words count as if the task had said them, and a step that has come to an
 * end may be granted once more, unless policy itself has seen that it was done. Whoever calls this has checked what the person signed: the
 * planner's word that an answer counts makes nothing more of it.
 */
export const observeAnswer = ({ tenant, workflow, run, step, data }: Event<'countersign.run.input-answered'>, state: DecisionState): readonly OutputOf<'countersign.context.answered'>[] => {
  const context = run && state.contexts.get(run);
  if (tenant === undefined || workflow === undefined || !context || step === undefined) return [];
  const { escalation, by, choice, given = {}, word } = data;
  const words = Object.values(given).flatMap((value) => (typeof value === 'string' || typeof value === 'number' ? [String(value)] : []));
  const again = isAgain(choice) && !context.done.has(step);
  if (words.length === 0 && !again) return [];
  return [{ type: 'countersign.context.answered', tenant, workflow, run: context.run, step, data: { escalation, by, words, ...(again && { again }), word } }];
};

/** The run is closed. Its context is let go. */
export const closeContext = ({ tenant, workflow, run, data }: Event<'countersign.run.closed'>, state: DecisionState): readonly OutputOf<'countersign.context.closed'>[] =>
  tenant === undefined || workflow === undefined || run === undefined || !state.contexts.has(run) ? [] : [{ type: 'countersign.context.closed', tenant, workflow, run, data: { outcome: data.outcome } }];

/** Texts at a pointer in which `*` stands for every item of a list. */
const textsAt = (value: Json, pointer: string): string[] => {
  const [head = '', ...rest] = pointer.split('/*');
  const found = atPointer(value, head);
  if (found === undefined) return [];
  if (rest.length > 0) return Array.isArray(found) ? (found as readonly Json[]).flatMap((item) => textsAt(item, rest.join('/*'))) : [];
  const texts: readonly Json[] = Array.isArray(found) ? found : [found];
  return texts.filter((text) => typeof text === 'string' && text.length <= LONGEST_FACT && text.isWellFormed()).map(String);
};

/** The call that ends; without `args` nobody knows what it asked. */
type Ending = Pick<Event, 'tenant' | 'workflow' | 'run' | 'step'> & { readonly args?: JsonObject };

/** What an event by which a grant ends says of what was read; the result is absent where it was kept beside the log. */
interface Ended {
  readonly jti: string;
  readonly actionHash: Event<'countersign.action.succeeded'>['data']['actionHash'];
  readonly result?: JsonObject;
  readonly blob?: object;
}

/** More vouched-for places than a look-up should ever give in one answer. */
const MOST_VOUCHED = 50;

/**
 * What a tool's result changes in the context of its run; nothing where it changes nothing. A result that policy cannot see is taken for what
 * its schema could say. Only what a trusted tool says itself, asked about what the run knows, vouches and makes facts. Values that are vouched
 * for are written as they are returned; whoever compares them normalises both sides.
 */
export const observeResult = ({ tenant, workflow, run, step, args }: Ending, ended: Ended, tool: Pinned<ToolContract>, state: DecisionState, clock: ContextClock): readonly OutputOf<'countersign.context.observed'>[] => {
  const context = run && state.contexts.get(run);
  if (tenant === undefined || workflow === undefined || !run || step === undefined || !context) return [];
  const { document } = tool;
  const undo = args && undoneStep(step) === undefined ? undoOf(document, args, ended.result, clock.now) : undefined;
  const isAnswer = ended.result !== undefined || ended.blob !== undefined;
  const marks = ended.result && marksOf(ended.result, document.result);
  const untrusted = isAnswer && (document.resultTrust === 'untrusted' || (marks ? marks.untrusted : mayHoldOthers(document.result)));
  const sensitive = isAnswer && (marks ? isSensitive(marks) : mayBeSensitive(document.result));
  const counts = document.resultTrust === 'trusted' && args !== undefined && isAboutRun(args, context);
  const { vouched, facts } = counts && ended.result && marks ? toldBy(document, ended.result, marks, contractFor(clock.controls, tenant, workflow)?.document, clock.now) : NOTHING_TOLD;
  const changes = (untrusted && !context.untrusted.has(document.id)) || (sensitive && !context.sensitive.has(document.id)) || vouched.length > 0 || facts.length > 0 || undo !== undefined;
  if (!changes) return [];
  const { jti, actionHash } = ended;
  return [{ type: 'countersign.context.observed', tenant, workflow, run, step, data: { jti, actionHash, tool: document.id, untrusted, sensitive, vouched, facts, ...(undo && { undo: hashOfUndo(undo) }) } }];
};

type Told = Pick<Event<'countersign.context.observed'>['data'], 'vouched' | 'facts'>;
const NOTHING_TOLD: Told = { vouched: [], facts: [] };

const toldBy = (tool: ToolContract, result: JsonObject, marks: Marks, contract: AgentContract | undefined, now: Instant): Told => ({
  vouched: tool.vouchesFor
    .flatMap(({ result: pointer, kind }) => textsAt(result, pointer).map((value) => ({ kind, value })))
    .filter(({ value }) => marks.words.includes(value))
    .slice(0, MOST_VOUCHED),
  facts: contract ? factsFrom(contract, (fact) => (fact.from === 'tool' && fact.tool === tool.id ? atPointer(result, fact.pointer) : undefined), marks, timestamp(now)) : [],
});
