import type { AnswerChoice } from '@countersign/contracts';
import type { EscalationStatus, EscalationSummary, EscalationView } from '../ledger/shapes.js';
import { argumentFields } from '../approvals/approval-text.js';
import { paint } from '../runs/paint.js';
import { fields } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortHash, shortId, who } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';

/** As other things that wait for people are called. */
export const statusOf = (status: EscalationStatus, { colors }: View): string => paint(status === 'open' ? 'pending' : status === 'answered' ? 'granted' : 'expired', colors, status);

const roles = ({ role, escalateTo = [], escalatedAt }: EscalationSummary): string => [role, ...(escalatedAt === undefined ? [] : escalateTo)].map(oneLine).join(' or ');

/** Who is at work on it; nothing where nobody is, or said so too long ago. */
const claimOf = ({ claimed, status }: EscalationSummary, now: View['now']): string | undefined => (claimed && status === 'open' && Date.parse(claimed.until) > now ? `${who(claimed.by)}, until ${relative(claimed.until, now)}` : undefined);

export const escalationsTable = (escalations: readonly EscalationSummary[], view: View): string => {
  const { colors, now, width } = view;
  const several = escalations.some(({ status }) => status !== 'open');
  return table(
    ['QUESTION', ...(several ? ['STATUS'] : []), 'EXPIRES', 'WHO', 'CLAIMED', 'REASON', 'RUN', 'WHAT'].map((title) => colors.bold(title)),
    escalations.map((escalation) => [
      shortId(escalation.id),
      ...(several ? [statusOf(escalation.status, view)] : []),
      escalation.status === 'open' ? relative(escalation.deadline, now) : '-',
      roles(escalation),
      claimOf(escalation, now) === undefined || !escalation.claimed ? '-' : who(escalation.claimed.by),
      escalation.reason,
      shortId(escalation.run),
      colors.dim(oneLine(escalation.message)),
    ]),
    width,
  );
};

const escalationText = ({ status, escalateTo = [], escalatedAt, question }: EscalationView, now: View['now']): string | undefined => {
  const to = escalateTo.map(oneLine).join(' and ');
  if (escalateTo.length === 0) return undefined;
  if (escalatedAt !== undefined) return `${relative(escalatedAt, now)} to ${to}`;
  return status === 'open' && question.escalateAt !== undefined ? `${relative(question.escalateAt, now)} to ${to}` : undefined;
};

/** What of a task has room here; all of it is where `look` leads. */
const MOST_FIELDS = 20;
const LONGEST = { name: 40, value: 400 };

/** The beginning of a text, which says how much is missing. */
const beginning = (text: string, longest: number): string => {
  const letters = Array.from(text);
  return letters.length <= longest ? text : `${letters.slice(0, longest).join('')}… (${letters.length - longest} more letters)`;
};

/** What there is to judge by: the task, in the words of whoever handed it in, quoted. Nothing of it is ours. */
const taskText = ({ task, subject = '?' }: EscalationView, { width }: View): readonly string[] => {
  if (!task) return [];
  const all = argumentFields(task.input);
  const shown = all.slice(0, MOST_FIELDS).map(([name, value = '']) => [beginning(name, LONGEST.name), beginning(value, LONGEST.value)] as const);
  const left = all.length - shown.length;
  return ['', `  the task, in the words of ${who(subject)}`, ...(shown.length === 0 ? [] : [fields(shown, { indent: 4, width })]), ...(left === 0 ? [] : [`    and ${left} more`])];
};

/** What a question is about, from the event that asked. */
export const escalationCard = (escalation: EscalationView, view: View): string => {
  const { colors, now, width, command } = view;
  const { question, event, task, people, answeredBy, choice, said } = escalation;
  const isOpen = escalation.status === 'open';
  const end = isOpen ? `expires ${relative(escalation.deadline, now)}` : relative(escalation.endedAt, now);
  const eventText = ({ id, sha256 }: EscalationView['event']): string => `${oneLine(id)} ${shortHash(sha256)}`;
  const evidence = [`${eventText(event)}, the question`, ...(task ? [`${eventText(task.event)}, the task`] : []), ...question.evidence.map(eventText)].join('\n');
  const about = fields(
    [
      ['why', question.reason],
      ['missing', question.fields?.map(({ name, field, types }) => `${oneLine(name)} (${oneLine(field)})${types.length === 0 ? '' : `, ${types.map(oneLine).join(' or ')}`}`).join('\n')],
      ['asks', roles(escalation)],
      ['may', isOpen ? people.map(who).join(', ') || 'nobody of the directory' : undefined],
      ['claimed', claimOf(escalation, now)],
      ['escalates', escalationText(escalation, now)],
      ['else', isOpen ? `the run ends as ${question.otherwise}` : undefined],
      ['run', `${shortId(escalation.run)}, step ${oneLine(question.step)} of ${oneLine(`${escalation.tenant}/${escalation.workflow}`)}`],
      ['task', task && beginning(`${oneLine(task.id)} from ${oneLine(task.source)}`, LONGEST.value)],
      ['evidence', evidence],
      ['look', command(`runs show ${shortId(escalation.run)} --events --json`)],
      ['deadline', oneLine(escalation.deadline)],
      ['said', choice === undefined ? undefined : `${choice} by ${who(answeredBy ?? '?')}: ${oneLine(JSON.stringify(said ?? ''))}`],
    ],
    { width },
  );
  const head = `${colors.bold(`question ${shortId(escalation.id)}`)}  ${statusOf(escalation.status, view)}, ${end}`;
  const tool = question.tool === undefined ? '' : `${colors.bold(oneLine(question.tool))}: `;
  return [head, '', `  ${tool}${oneLine(question.message)}`, ...taskText(escalation, view), '', about].join('\n');
};

const commandFor = (choice: AnswerChoice, { id, question }: EscalationView): string => {
  const at = operand(id);
  if (choice === 'resume') return `escalations resume --reason TEXT ${at}`;
  if (choice === 'answer') return `escalations answer ${(question.fields ?? []).map(({ name }) => `--set ${oneLine(name)}=VALUE `).join('')}--reason TEXT ${at}`;
  return `escalations answer --say ${choice} --reason TEXT ${at}`;
};

/** What a person types next: each of what can be said. */
export const nextForEscalation = (escalation: EscalationView, { colors, command }: View): string =>
  escalation.status === 'open'
    ? `${colors.cyan('next')}: ${escalation.question.choices.map((choice) => command(commandFor(choice, escalation))).join('\n      ')}`
    : `${colors.cyan('next')}: ${command(`runs show ${shortId(escalation.run)}`)}`;
