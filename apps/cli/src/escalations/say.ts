import { randomUUID } from 'node:crypto';
import type { AnswerChoice, Event } from '@countersign/contracts';
import { hashOfQuestion } from '@countersign/domain';
import type { GivenAnswer } from '@countersign/identity';
import { CountersignError, type JsonObject, type RunId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readApprover } from '../connection/person.js';
import { EXIT, exitCodeOf, type ExitCode } from '../exit-codes.js';
import { catchUp } from '../ledger/catch-up.js';
import { openLedger } from '../ledger/ledger-client.js';
import type { EscalationView } from '../ledger/shapes.js';
import { requireYes } from '../terminal/require-yes.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortId } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { escalationCard } from './escalation-text.js';
import { fetchEscalation } from './find-escalation.js';
import { givenValues } from './given-values.js';
import { sendAnswer } from './send-answer.js';

export interface AnswerOptions {
  readonly say?: string;
  readonly set: readonly string[];
  readonly reason: string;
  readonly yes?: boolean;
}

type Saying = Pick<GivenAnswer, 'choice' | 'given'>;

/** What is shown is what is signed: the hash of the question is made of the question as it was shown. */
const say = async (context: CommandContext, typed: string, { reason, yes }: { readonly reason: string; readonly yes: boolean | undefined }, saying: (escalation: EscalationView) => Saying): Promise<ExitCode> => {
  const { terminal } = context;
  const view = viewOf(context);
  const person = readApprover(context);
  return withKafka(context, async (kafka) => {
    const ledger = openLedger(context);
    await catchUp(kafka, ledger, 'proposals');
    const escalation = await fetchEscalation(ledger, typed, view);
    const said = saying(escalation);
    if (said.choice !== 'claim') {
      if (!terminal.json) terminal.message(escalationCard(escalation, view));
      if (!(await requireYes(context, yes === true, question(said)))) return EXIT.error;
    }
    const { tenant, workflow, run, id } = escalation;
    const of = { id: randomUUID(), tenant: tenant as Tenant, workflow: workflow as Workflow, run: run as RunId, escalation: id, asked: hashOfQuestion(escalation.question) };
    const events = await sendAnswer(context, kafka, person, { ...of, ...said, reason }, `\`${view.command(`escalations show ${operand(id)}`)}\` shows whether it is`);
    const end = endOf(events);
    terminal.result(
      () => `${shortId(id)}: ${said.choice === 'claim' ? `yours until ${claimEnd(events)}; others can still answer` : end === undefined ? 'the run goes on' : `the run ended as ${end.outcome}: ${oneLine(end.reason)}`}`,
      () => ({ escalation: id, run, choice: said.choice, ...(said.given && { given: said.given }), ...(end && { outcome: end.outcome }) }),
    );
    if (said.choice !== 'claim') terminal.message(`${view.colors.cyan('next')}: ${view.command(`runs show ${shortId(run)}`)}`);
    return end && said.choice !== 'stop' ? exitCodeOf(end.outcome) : EXIT.ok;
  });
};

const question = ({ choice, given }: Saying): string => {
  const values = Object.entries(given ?? {}).map(([field, value]) => `${oneLine(field)} = ${oneLine(JSON.stringify(value))}`);
  return values.length > 0 ? `give exactly this: ${values.join(', ')}?` : `say \`${choice}\`?`;
};

const endOf = (events: readonly Event[]) => events.flatMap((event) => (event.type === 'countersign.run.closed' ? [event.data] : []))[0];
const claimEnd = (events: readonly Event[]): string => events.flatMap((event) => (event.type === 'countersign.run.input-claimed' ? [event.data.until] : []))[0] ?? 'it is answered';

const required = (choice: string, { question: { choices } }: EscalationView): AnswerChoice => {
  const known = choices.find((one) => one === choice);
  if (known === undefined) throw new CountersignError('USAGE', `\`${oneLine(choice)}\` is no answer to this`, { hint: `it takes ${choices.map((one) => `\`${one}\``).join(', ')}` });
  return known;
};

/** Says that one is at work on it. */
export const claim: Action<{ readonly reason: string }> = (context, { args: [typed = ''], options }) => say(context, typed, { ...options, yes: true }, () => ({ choice: 'claim' }));

/** Has it looked at again. */
export const resume: Action<Omit<AnswerOptions, 'say' | 'set'>> = (context, { args: [typed = ''], options: { reason, yes } }) => say(context, typed, { reason, yes }, (escalation) => ({ choice: required('resume', escalation) }));

/** Gives what is missing, or says what became of it. */
export const answer: Action<AnswerOptions> = (context, { args: [typed = ''], options: { say: choice, set, reason, yes } }) => {
  if ((choice === undefined) === (set.length === 0)) throw new CountersignError('USAGE', 'either `--set NAME=VALUE` for what is missing, or `--say` for anything else');
  return say(context, typed, { reason, yes }, (escalation) => {
    const given: JsonObject | undefined = choice === undefined ? givenValues(set, escalation.question.fields ?? []) : undefined;
    return { choice: required(choice ?? 'answer', escalation), ...(given && { given }) };
  });
};
