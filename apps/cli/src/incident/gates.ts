import type { Event, Reason } from '@countersign/contracts';
import { BUILT_IN_RULES } from '@countersign/domain';
import { formatUsd, seconds } from '@countersign/kernel';
import { writtenArgumentFaults } from '@countersign/tools';
import { previewLine } from '../approvals/preview-text.js';
import { shortHash, who } from '../terminal/short.js';
import { took } from '../terminal/when.js';
import type { Gate, GateVerdict } from './incident.js';
import { ids, type StepLog } from './step-log.js';

/** Nobody reads an action, its reasons and its diff in less. */
const QUICK = seconds(5);

const gate = (label: string, verdict: GateVerdict, text: string, ...events: readonly (Event | undefined)[]): Gate => ({ label, verdict, text, events: ids(...events) });

const because = (reasons: readonly Reason[]): string => reasons.map(({ rule, message }) => `${rule}: ${message}`).join('; ');

const isProvenance = (rule: string): boolean => BUILT_IN_RULES.some((built) => built === rule);

/** The tool's schema: the planner proposes nothing that breaks it. It is looked at again here. */
const schema = (log: StepLog): readonly Gate[] => {
  const { proposal, tool } = log;
  const rejected = log.of('countersign.proposal.rejected').map((event) => gate('schema', 'stopped', `${event.data.code}: ${event.data.message}`, event));
  if (!proposal) return rejected;
  if (!tool) return [...rejected, gate('schema', 'passed', 'it was proposed; the tool contract is not known here, so it cannot be looked at again', proposal)];
  const faults = writtenArgumentFaults(tool, proposal.data.action.args);
  const verdict = faults.length === 0 ? `the arguments fit the schema of ${tool.id} v${tool.version}` : `it was proposed, and does NOT fit the schema of ${tool.id} v${tool.version}: ${faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`;
  return [...rejected, gate('schema', 'passed', verdict, proposal)];
};

const permitOf = (rules: readonly string[]): string | undefined => rules.find((rule) => rule.startsWith('contract.'));

/** The agent contract: what it does not list is never allowed. */
const agentContract = ({ grant, contract, proposal }: StepLog): readonly Gate[] => {
  const permit = grant && permitOf(grant.data.rules);
  if (!grant || permit === undefined) return [];
  const named = contract ? `${contract.id} v${contract.version}` : permit;
  return [gate('contract', 'passed', `the agent contract ${named} lists ${proposal?.data.action.tool ?? 'the tool'} (\`${permit}\`)`, grant)];
};

/** Rules of the policy set, without those about where data come from and go to. */
const rules = (log: StepLog): readonly Gate[] => {
  const denied = log.of('countersign.action.denied').map((event) => gate('rules', 'stopped', because(event.data.reasons), event));
  const asked = log.of('countersign.approval.required').flatMap((event) => {
    const reasons = event.data.reasons.filter(({ rule }) => !isProvenance(rule));
    return reasons.length === 0 ? [] : [gate('rules', 'stopped', `asked people: ${because(reasons)}`, event)];
  });
  const { grant } = log;
  if (!grant) return [...asked, ...denied];
  const named = grant.data.rules.filter((rule) => rule !== permitOf(grant.data.rules) && !isProvenance(rule));
  const text = `no rule of set ${shortHash(grant.data.policySet)} denied it${asked.length > 0 ? ' once people had said yes' : ' or asked anybody'}${named.length === 0 ? '' : `; it names ${named.join(', ')}`}. Rules that did not match are not on the log: \`policy explain --run\` asks them again`;
  return [...asked, ...denied, gate('rules', 'passed', text, grant)];
};

/** Taint, origins of places, and what a scan of the texts found. */
const provenance = (log: StepLog): readonly Gate[] => {
  const [decision] = log.of('countersign.action.allowed', 'countersign.action.denied', 'countersign.approval.required');
  if (!decision) return [];
  const seen = log.before(decision, 'countersign.context.opened', 'countersign.context.observed');
  const tainting = seen.filter(({ data }) => data.untrusted || data.sensitive);
  const taint = [seen.some(({ data }) => data.untrusted) && 'what others wrote', seen.some(({ data }) => data.sensitive) && 'data of a class that must not leave unseen'].filter(Boolean).join(' and ');
  const asked = [...log.of('countersign.approval.required'), ...log.of('countersign.action.denied')].flatMap((event) => {
    const reasons = event.data.reasons.filter(({ rule }) => isProvenance(rule));
    return reasons.length === 0 ? [] : [gate('taint', 'stopped', because(reasons), event)];
  });
  if (asked.length > 0) return asked;
  const text = seen.length === 0 ? 'what the run had read is not on the log' : `the run had read ${taint === '' ? 'nothing of others and nothing sensitive' : taint}, and neither a place nor the rule of two made it ask`;
  return [gate('taint', seen.length === 0 ? 'did-not-look' : 'passed', text, ...(tainting.length > 0 ? tainting : seen.slice(0, 1)), decision)];
};

const budget = (log: StepLog): readonly Gate[] => {
  const exhausted = log.before(log.grant, 'countersign.budget.exhausted').map((event) => gate('budget', 'stopped', `${event.data.limit} of ${event.data.scope} would have been passed: ${event.data.then}`, event));
  const { grant } = log;
  if (!grant) return exhausted;
  const { microUsd, toolCalls, writes } = grant.data.reservation;
  return [...exhausted, gate('budget', 'passed', `$${formatUsd(microUsd)}, ${toolCalls} ${toolCalls === 1 ? 'call' : 'calls'} and ${writes} ${writes === 1 ? 'write' : 'writes'} were within every limit, and set aside before the grant`, grant)];
};

const answerText = (vote: Event<'countersign.approval.vote-cast'>, requested: Event | undefined): string => {
  const { voter, choice, onBehalfOf, consent } = vote.data;
  const said = `${choice === 'approve' ? 'yes' : 'no'} of ${who(voter)}${onBehalfOf === undefined ? '' : `, who stood in for ${who(onBehalfOf)}`}`;
  if (consent !== undefined) return `${said}, said beforehand for all such questions of the run`;
  const time = requested ? took(requested.time, vote.time) : undefined;
  const isQuick = requested !== undefined && Date.parse(vote.time) - Date.parse(requested.time) < QUICK;
  return `${said}${time === undefined ? '' : ` after ${time}`}${isQuick ? ', quicker than anybody reads it' : ''}`;
};

const ENDS = { 'countersign.approval.granted': 'granted', 'countersign.approval.rejected': 'rejected', 'countersign.approval.expired': 'nobody answered in time', 'countersign.approval.withdrawn': 'taken back' } as const;

/** People: whether they were asked, what they were shown, what they said and how long they took. */
const people = (log: StepLog): readonly Gate[] => {
  const questions = log.of('countersign.approval.requested');
  if (questions.length === 0) return log.grant ? [gate('people', 'did-not-look', 'nobody was asked: no rule wanted it', log.grant)] : [];
  return questions.map((requested) => {
    const { approval } = requested.data;
    const votes = log.of('countersign.approval.vote-cast').filter(({ data }) => data.approval === approval);
    const end = log.of('countersign.approval.granted', 'countersign.approval.rejected', 'countersign.approval.expired', 'countersign.approval.withdrawn').find(({ data }) => data.approval === approval);
    const shown = log.of('countersign.approval.previewed').find(({ data }) => data.approval === approval);
    const saw = shown ? `were shown ${previewLine(shown.data) ?? 'a preview'}` : 'were shown no preview';
    const said = votes.map((vote) => answerText(vote, requested)).join('; ') || 'no answer';
    const isGranted = end?.type === 'countersign.approval.granted';
    return gate('people', isGranted ? 'passed' : 'stopped', `${end ? ENDS[end.type] : 'still open'}: ${said}; they ${saw}`, requested, shown, ...votes, end);
  });
};

/** The executor holds each grant, vote and hash against the keys before it calls. */
const grantCheck = (log: StepLog): readonly Gate[] => {
  const refused = log.of('countersign.grant.refused').map((event) => gate('grant', 'stopped', `${event.data.code}: ${event.data.message}`, event));
  const [attempt] = log.of('countersign.attempt.started').toReversed();
  return [...refused, ...(attempt ? [gate('grant', 'passed', 'the executor verified the grant, what people had signed and that no stop covered it, and announced the call before it made it', attempt)] : [])];
};

/** Whether the effect was looked at, and what was found. */
const readBack = (log: StepLog): readonly Gate[] => {
  if (log.of('countersign.attempt.started').length === 0) return [];
  const [diverged] = log.of('countersign.action.diverged').toReversed();
  if (diverged) return [gate('read-back', 'caught', diverged.data.faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; '), diverged)];
  const [verified] = log.of('countersign.action.verified').toReversed();
  const { tool } = log;
  const source = tool?.document.readBack;
  const invariants = source?.invariants?.length ?? 0;
  if (verified) {
    const held = source ? `: ${Object.keys(source.expect).join(', ') || 'that it is there'}${invariants === 0 ? '' : ` and ${invariants} ${invariants === 1 ? 'invariant' : 'invariants'}`}` : '';
    return [gate('read-back', 'passed', `what was read back is as it was asked for${held}; whether it should have been asked for it cannot tell`, verified)];
  }
  const [end] = log.of('countersign.action.succeeded', 'countersign.action.failed', 'countersign.action.unknown').toReversed();
  if (end?.type === 'countersign.action.failed') return [gate('read-back', 'did-not-look', `the tool said no (${end.data.code}): there is no effect to look at`, end)];
  if (end?.type === 'countersign.action.unknown') return [gate('read-back', 'caught', `nobody knows whether it was done (${end.data.code})`, end)];
  if (tool && !source) return [gate('read-back', 'did-not-look', `the contract of ${tool.id} has no way to look at the effect: the tool's own word is all there is`, end)];
  return [gate('read-back', 'did-not-look', end ? 'the effect has not been read back' : 'the call has no outcome yet', end)];
};

/** Every check that the call met, in order, and what each made of it. Nothing is told that the log and the files do not say. */
export const gatesOf = (log: StepLog): readonly Gate[] => [schema, agentContract, rules, provenance, budget, people, grantCheck, readBack].flatMap((read) => read(log));

const namesOf = (gates: readonly Gate[], verdict: GateVerdict): string => [...new Set(gates.filter((each) => each.verdict === verdict).map(({ label }) => label))].join(', ');

/** Which checks let the call go on, in one sentence. What harm was done, and whose fault it was, no log says. */
export const verdictOn = (gates: readonly Gate[]): string => {
  const [passed, stopped, caught, blind] = [namesOf(gates, 'passed'), namesOf(gates, 'stopped'), namesOf(gates, 'caught'), namesOf(gates, 'did-not-look')];
  const isMade = gates.some(({ label, verdict }) => label === 'grant' && verdict === 'passed');
  if (!isMade) return `stopped by ${stopped || 'nothing so far'}: the tool was not called`;
  const after = caught === '' ? 'nothing caught it afterwards' : `${caught} caught it afterwards`;
  return `let through by ${passed}${stopped === '' ? '' : `, after ${stopped} had held it up`}${blind === '' ? '' : `; ${blind} did not look`}; ${after}`;
};
