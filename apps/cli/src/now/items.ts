import { formatDuration, millis, parseTimestamp, timestamp, type Instant, type Millis } from '@countersign/kernel';
import { quantity, NAMES } from '../budgets/budgets-text.js';
import type { FoundLetter } from '../dlq/letters.js';
import type { ApprovalSummary, Attention } from '../ledger/shapes.js';
import { oneLine } from '../terminal/safe-text.js';
import { scopeText } from '@countersign/domain';
import type { Standing } from '../stop/stops-text.js';
import { operand, shortId, who } from '../terminal/short.js';
import type { HeldWorkflow, Situation } from './situation.js';
import type { Spend } from './spend.js';

/** `urgent`: something is lost, or may be, if nobody looks; `soon`: it will be; `look`: it mends itself, or can wait. */
export type Urgency = 'urgent' | 'soon' | 'look';

/** One thing that needs somebody, and what to type. */
export interface Item {
  readonly kind: 'effect' | 'archive' | 'approval' | 'escalation' | 'budget' | 'held' | 'stuck' | 'breaker' | 'stop' | 'dead-letter';
  readonly urgency: Urgency;
  /** In two or three words. */
  readonly what: string;
  /** `tenant/workflow`, or what there is of it. */
  readonly where: string;
  /** What there is to know; texts of strangers are made harmless. */
  readonly about: string;
  /** RFC 3339: since when; of what runs out: until when. */
  readonly since?: string;
  readonly until?: string;
  /** Without the name of the program. */
  readonly command: string;
}

/** Half of its time is gone: that is when people are reminded unless their rule says otherwise. */
const LATE = 0.5;
/** Three quarters: that is when others are asked besides. */
const LAST_CALL = 0.75;

const at = (time: string): number => parseTimestamp(time) ?? 0;

const gone = (from: string, until: string, now: Instant): number => {
  const [begin, end] = [at(from), at(until)];
  return end <= begin ? 1 : (now - begin) / (end - begin);
};

const placeOf = ({ tenant, workflow }: { readonly tenant: string; readonly workflow: string }): string => oneLine(`${tenant}/${workflow}`);

const effects = ({ doubtful, escalations }: Attention): readonly Item[] =>
  doubtful
    // Where somebody is asked about it, that is the line to read.
    .filter(({ run, step }) => !escalations.some((escalation) => escalation.run === run && escalation.step === step))
    .map((effect) => ({
      kind: 'effect',
      urgency: 'urgent',
      what: effect.is === 'diverged' ? 'effect differs' : 'outcome unknown',
      where: placeOf(effect),
      about: `${oneLine(effect.tool)}, step ${oneLine(effect.step)} of ${shortId(effect.run)}${effect.code === undefined ? '' : `: ${oneLine(effect.code)}`}`,
      since: effect.at,
      command: `why ${operand(effect.run)}`,
    }));

const escalations = ({ escalations: waiting }: Attention, now: Instant): readonly Item[] =>
  waiting.map((escalation) => ({
    kind: 'escalation',
    urgency: gone(escalation.since, escalation.deadline, now) >= LATE ? 'urgent' : 'soon',
    what: at(escalation.deadline) <= now ? 'escalation over' : 'escalation',
    where: placeOf(escalation),
    about: `${oneLine(escalation.role)}: ${oneLine(escalation.reason)}, ${oneLine(escalation.message)}`,
    since: escalation.since,
    until: escalation.deadline,
    command: `escalations show ${operand(escalation.id)}`,
  }));

const isLate = ({ requestedAt, deadline, escalatedAt }: ApprovalSummary, now: Instant): boolean => escalatedAt !== undefined || gone(requestedAt, deadline, now) >= LATE;

const approvals = ({ approvals: open }: Attention, now: Instant): readonly Item[] =>
  open
    .filter((approval) => isLate(approval, now))
    .map((approval) => ({
      kind: 'approval',
      urgency: gone(approval.requestedAt, approval.deadline, now) >= LAST_CALL ? 'urgent' : 'soon',
      what: at(approval.deadline) <= now ? 'approval over' : approval.escalatedAt === undefined ? 'approval late' : 'approval escalated',
      where: placeOf(approval),
      about: `${oneLine(approval.tool)} for ${approval.confirmation ? 'whom the run acts for' : approval.roles.length === 0 ? 'any approver' : oneLine(approval.roles.join(', '))}, ${approval.votes.length} of ${approval.quorum}`,
      since: approval.requestedAt,
      until: approval.deadline,
      command: `approvals show ${operand(approval.id)}`,
    }));

const stuck = ({ stuck: runs }: Attention): readonly Item[] =>
  runs.map(({ run, waits }) => ({
    kind: 'stuck',
    urgency: 'soon',
    what: 'run stuck',
    where: placeOf(run),
    about: `${shortId(run.id)} waits for ${oneLine(waits.map(({ step, message }) => (step === undefined ? message : `${message} (${step})`)).join('; '))}`,
    ...(waits[0] && { since: waits.map(({ since }) => since).reduce((a, b) => (a < b ? a : b)) }),
    command: `why ${operand(run.id)}`,
  }));

const breakers = ({ breakers: open }: Attention, now: Instant): readonly Item[] =>
  open.map(({ tenant, tool, partition, since, until }) => ({
    kind: 'breaker',
    urgency: 'soon',
    what: 'breaker open',
    where: oneLine(tenant),
    about: `${oneLine(tool)} failed too often in partition ${partition}; ${at(until) <= now ? 'the next call is tried' : 'no call goes out'}`,
    since,
    ...(at(until) > now && { until }),
    command: `tail --type action.failed --from ${wholeMinutes(millis(Math.max(0, now - at(since))))}`,
  }));

/** What the archive is waited for with: nothing is lost before Kafka lets go of it. */
const AWAY: Readonly<Record<string, string>> = { ARCHIVE_UNREACHABLE: 'archive away', ARCHIVE_REFUSED: 'archive refuses' };

/** One for each code: of an archive that was set back, every log stands still. */
const archive = ({ archive: troubles = [] }: Attention): readonly Item[] =>
  [...Map.groupBy(troubles, ({ code }) => code).values()].flatMap((group) => {
    const [first] = group.toSorted((one, other) => one.since.localeCompare(other.since));
    if (!first) return [];
    const { code, topic, partition, message, since: begun } = first;
    const away = AWAY[code];
    return [{ kind: 'archive', urgency: away === undefined ? 'urgent' : 'soon', what: away ?? (group.length === 1 ? 'log stands still' : `${group.length} logs stand still`), where: oneLine(`${topic}/${partition}`), about: `${oneLine(code)}: ${oneLine(message)}`, since: begun, command: 'ledger verify' }];
  });

/** An age that reaches back over all of it, as `tail --from` takes it. */
const wholeMinutes = (time: Millis): string => `${Math.ceil(time / 60_000) + 2}m`;

const spending = (spends: readonly Spend[]): readonly Item[] =>
  spends
    .filter(({ is }) => is !== 'fine')
    .map((spend) => ({
      kind: 'budget',
      urgency: spend.is === 'spent' ? 'urgent' : 'soon',
      what: spend.is === 'spent' ? 'budget spent' : spend.is === 'nearly' ? 'budget nearly spent' : 'budget going fast',
      where: placeOf(spend),
      about: `${NAMES[spend.amount]} of ${spend.period}: ${quantity(spend.amount, spend.spent)} of ${quantity(spend.amount, spend.cap)}, ${quantity(spend.amount, spend.lastHour)} in the last hour`,
      ...(spend.reachedAt !== undefined && { until: timestamp(spend.reachedAt) }),
      command: `budgets -t ${spend.tenant} -w ${spend.workflow}`,
    }));

const heldBack = (held: readonly HeldWorkflow[]): readonly Item[] =>
  held.map((one) => ({ kind: 'held', urgency: 'soon', what: 'held to less', where: placeOf(one), about: `${oneLine(one.tool)} failed too often`, command: `budgets -t ${one.tenant} -w ${one.workflow}` }));

/** Somebody stopped it on purpose; what is forgotten is what this line is for. */
const stopped = (stops: readonly Standing[]): readonly Item[] =>
  stops.map((stop) => ({
    kind: 'stop',
    urgency: 'look',
    what: 'mode' in stop ? `mode ${stop.mode}` : 'killed',
    where: oneLine(scopeText(stop)),
    about: `${who(stop.by)}: ${oneLine(stop.reason)}`,
    since: timestamp(stop.at),
    command: `resume ${scopeText(stop)}`,
  }));

/** One for each service and code: whoever sends a thousand bad records makes one line. */
const deadLetters = (letters: readonly FoundLetter[]): readonly Item[] =>
  [...Map.groupBy(letters, ({ service, code }) => `${service} ${code}`).values()].flatMap((group) => {
    const [newest] = group;
    if (!newest) return [];
    const { service, code, message, at: when, id } = newest;
    return [{ kind: 'dead-letter', urgency: 'look', what: group.length === 1 ? 'dead letter' : `${group.length} dead letters`, where: service, about: `${oneLine(code)}: ${oneLine(message)}`, since: when, command: group.length === 1 ? `dlq show ${id}` : `dlq list --service ${service}` }];
  });

const ORDER: readonly Urgency[] = ['urgent', 'soon', 'look'];
/** Of what is as urgent, what has gone out of our hands stands before what waits for us. */
const KINDS: readonly Item['kind'][] = ['effect', 'archive', 'escalation', 'approval', 'budget', 'held', 'breaker', 'stuck', 'stop', 'dead-letter'];

const byUrgency = (a: Item, b: Item): number =>
  ORDER.indexOf(a.urgency) - ORDER.indexOf(b.urgency) ||
  KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
  (a.until ?? a.since ?? '').localeCompare(b.until ?? b.since ?? '') ||
  a.command.localeCompare(b.command);

/** Everything that needs somebody, the most urgent first. */
export const itemsOf = ({ attention, letters, spend, held, stops }: Situation, now: Instant): readonly Item[] =>
  [
    ...(attention ? [...effects(attention), ...escalations(attention, now), ...approvals(attention, now), ...stuck(attention), ...archive(attention), ...breakers(attention, now)] : []),
    ...spending(spend),
    ...heldBack(held),
    ...stopped(stops),
    ...deadLetters(letters),
  ].toSorted(byUrgency);

/** How many approvals are open and not late. */
export const waitingInTime = ({ attention }: Situation, now: Instant): number => (attention ? attention.approvalsOpen - attention.approvals.filter((approval) => isLate(approval, now)).length : 0);

/** A length of time since a moment, for people. */
export const since = (moment: Instant, now: Instant): string => formatDuration(millis(Math.max(0, now - moment)));
