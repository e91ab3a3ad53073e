import type { Event, MissingField } from '@countersign/contracts';
import { jsonBytes, minutes, timestamp, type Instant, type JsonObject } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { Playbook } from '../config/playbook.js';
import { approverOf } from '../control/lookups.js';
import type { Output } from '../output.js';
import { cut } from '../room.js';
import { rightsFault, type AnswerFault } from './answer-rights.js';
import { answerInSlackFault } from './in-slack.js';
import type { PlanContext } from './plan-context.js';
import { proposeStep } from './propose-step.js';
import type { OpenQuestion, PlannerState, RunState } from './run-state.js';
import { askedOf, copyOfRun, settleQuestion } from './settle-question.js';

export type Said = Event<'countersign.task.answered' | 'countersign.task.claimed'>;

/** Whoever takes longer can say so again. */
const CLAIM_LASTS = minutes(30);
/** What a person types for one field, and for all: it has to find room beside what was signed. */
const LONGEST_VALUE = 300;
const MAX_GIVEN_BYTES = 4_000;
const LONGEST_MESSAGE = 500;

/** What the planner says of something that does not count; to whoever signed it, and nobody else. */
export const refusedAnswer = ({ tenant, workflow, run, id, data }: Said, { code, message }: AnswerFault): readonly Output[] =>
  tenant === undefined || workflow === undefined || run === undefined ? [] : [{ type: 'countersign.run.answer-refused', tenant, workflow, run, subject: id, data: { escalation: data.escalation, by: data.by, ...(data.via && { via: data.via }), code, message: cut(message, LONGEST_MESSAGE) } }];

/** Whether it counts: the question that it is about, or why not. */
export const heardAnswer = (event: Said, state: PlannerState, { now, controls }: PlanContext): { readonly run: RunState; readonly question: OpenQuestion } | AnswerFault => {
  const { escalation, asked, by } = event.data;
  const run = event.run && state.runs.get(event.run);
  const question = run ? run.question : undefined;
  if (!run || question?.escalation !== escalation || run.tenant !== event.tenant || run.workflow !== event.workflow) return { code: 'escalation.not-open', message: `question \`${escalation}\` is answered already, or was never asked` };
  if (now >= question.deadline) return { code: 'escalation.expired', message: `question \`${escalation}\` was open until ${timestamp(question.deadline)}` };
  if (asked !== question.asked) return { code: 'escalation.changed', message: 'what was answered is not what is asked' };
  const choice = event.type === 'countersign.task.claimed' ? 'claim' : event.data.choice;
  const fault = rightsFault(approverOf(controls, by), { choice, subject: run.subject, agent: run.agent, roles: askedOf(question) });
  if (fault) return fault;
  const there = answerInSlackFault({ choice, via: event.data.via }, controls.active?.approvers?.document);
  if (there) return there;
  if (choice !== 'claim' && !question.choices.includes(choice)) return { code: 'answer.not-asked', message: `what can be said is ${question.choices.map((one) => `\`${one}\``).join(', ')}` };
  return { run, question };
};

/** Somebody is at work on it. Whoever else may answer still can. */
export const claimed = ({ run, tenant, workflow, question }: RunState & { readonly question: OpenQuestion }, { data }: Event<'countersign.task.claimed'>, { now }: PlanContext): Output => ({
  type: 'countersign.run.input-claimed',
  tenant,
  workflow,
  run,
  step: question.step,
  data: { escalation: question.escalation, by: data.by, until: timestamp(Math.min(now + CLAIM_LASTS, question.deadline) as Instant) },
});

/** Faults of what was given against what was asked: all of it, nothing else, and what the tool takes. */
export const givenFault = (run: RunState, question: OpenQuestion, { data }: Event<'countersign.task.answered'>, { contract, playbook }: { readonly contract: AgentContract; readonly playbook: Playbook }, context: PlanContext): AnswerFault | undefined => {
  const given = data.given ?? {};
  const invalid = (message: string): AnswerFault => ({ code: 'answer.invalid', message });
  const shape = shapeFault(given, data.choice === 'answer' ? (question.fields ?? []) : []);
  if (shape !== undefined) return invalid(shape);
  const step = data.choice === 'answer' && playbook.steps.find(({ id }) => id === question.step);
  if (!step) return undefined;
  const tried = copyOfRun(run);
  settleQuestion(tried, question, data);
  const proposal = proposeStep({ run: tried, contract, step, after: new Set(), steps: tried.steps, proposedSoFar: 0 }, context);
  if ('proposed' in proposal) return undefined;
  const { message, faults } = proposal.rejected;
  return invalid([message, ...faults.map((fault) => `${fault.pointer} ${fault.message}`)].join('; '));
};

const shapeFault = (given: JsonObject, fields: readonly MissingField[]): string | undefined => {
  const names = fields.map(({ field }) => field);
  const strange = Object.keys(given).find((field) => !names.includes(field));
  if (strange !== undefined) return `\`${cut(strange, LONGEST_VALUE)}\` was not asked for`;
  const absent = fields.find(({ field }) => !Object.hasOwn(given, field));
  if (absent) return `\`${absent.name}\` is still missing`;
  const unfit = Object.entries(given).find(([, value]) => (typeof value === 'string' ? value === '' || value.length > LONGEST_VALUE || !value.isWellFormed() : typeof value !== 'number' && typeof value !== 'boolean'));
  if (unfit) return `\`${unfit[0]}\` takes a text of at most ${LONGEST_VALUE} letters, a number, or true or false`;
  return jsonBytes(given) > MAX_GIVEN_BYTES ? `what is given has more than ${MAX_GIVEN_BYTES} bytes` : undefined;
};
