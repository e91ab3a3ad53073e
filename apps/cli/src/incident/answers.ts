import type { Event } from '@countersign/contracts';
import { marksOf } from '@countersign/domain';
import { atPointer, parseTimestamp, readableOf, type Instant, type Json } from '@countersign/kernel';
import { shortHash, who } from '../terminal/short.js';
import type { Line } from './incident.js';
import { ids, type StepLog } from './step-log.js';

const line = (label: string, text: string, ...events: readonly (Event | undefined)[]): Line => ({ label, text, events: ids(...events) });

const NOTHING_KNOWN = 'no fields';

const marksText = (value: Json, schema: Parameters<typeof marksOf>[1]): string => {
  const { untrusted, classes } = marksOf(value, schema);
  return [untrusted && 'others wrote it', ...classes].filter(Boolean).join(', ');
};

/** Longer texts are in the event. */
const LONGEST_VALUE = 60;

/** Arguments with their values, but for those of a class, and those that others wrote: of these the event alone has the value. */
const valuesText = (values: { readonly [name: string]: Json }, schema: Parameters<typeof marksOf>[1] | undefined): string =>
  Object.entries(values)
    .map(([name, value]) => {
      const marks = schema ? marksText({ [name]: value }, schema) : '';
      const text = JSON.stringify(readableOf(value));
      return marks === '' ? `${name} ${text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text}` : `${name} (${marks})`;
    })
    .join(', ') || NOTHING_KNOWN;

/** The top fields of a value, each with what its schema marks of it. */
const fieldsText = (values: { readonly [name: string]: Json }, schema: Parameters<typeof marksOf>[1] | undefined): string =>
  Object.entries(values)
    .map(([name, value]) => {
      const marks = schema ? marksText({ [name]: value }, schema) : '';
      return marks === '' ? name : `${name} (${marks})`;
    })
    .join(', ') || NOTHING_KNOWN;

/** What the agent had to go by: the task, what is known of it, what was read before, and what people said. */
export const contextOf = (log: StepLog): readonly Line[] => {
  const { proposal } = log;
  const [task] = log.ofRun('countersign.task.submitted');
  const [order] = log.ofRun('countersign.undo.ordered');
  const [started] = log.ofRun('countersign.run.started');
  const [opened] = log.ofRun('countersign.context.opened');
  const reads = log.before(proposal, 'countersign.action.succeeded', 'countersign.action.verified').filter(({ type, step }) => step !== log.step && type === 'countersign.action.succeeded');
  const observed = log.before(proposal, 'countersign.context.observed').filter(({ data }) => data.untrusted || data.sensitive || data.facts.length > 0);
  const answers = log.before(proposal, 'countersign.run.input-answered');
  return [
    ...(task ? [line('task', `${task.data.task}, ${task.data.upstreamType} from ${task.data.source}, for ${who(task.data.subject)}${task.data.signature === undefined ? '' : ', who signed it'}`, task)] : []),
    ...(order ? [line('order', `to undo ${order.data.undoes.step} of ${order.data.undoes.run}, by ${who(order.data.by)}: ${order.data.reason}`, order)] : []),
    ...(task ? [line('its fields', fieldsText(task.data.input, log.contract?.document.input), task)] : []),
    ...(opened ? [line('known of it', [opened.data.untrusted ? 'it brings what others wrote' : 'all of it is its own words', opened.data.sensitive && 'it is sensitive', ...opened.data.facts.map(({ name, number, text }) => `${name} is ${JSON.stringify(number ?? text)}`)].filter(Boolean).join('; '), opened)] : []),
    ...reads.map((event) => line('read before', `${event.step}: ${event.type === 'countersign.action.succeeded' && event.data.result ? Object.keys(event.data.result).join(', ') || 'an empty answer' : 'an answer too large for an event'}`, event)),
    ...observed.map((event) => line('brought in', [event.data.untrusted && `what others wrote, by ${event.data.tool}`, event.data.sensitive && `sensitive data, by ${event.data.tool}`, ...event.data.facts.map(({ name }) => `fact ${name}`)].filter(Boolean).join('; '), event)),
    ...answers.map((event) => line('said', `${event.data.choice} of ${who(event.data.by)}: ${event.data.reason}`, event)),
    ...(started ? [line('under', [`contract ${started.data.contract.id} v${started.data.contract.version}`, started.data.playbook && `playbook ${started.data.playbook.id} v${started.data.playbook.version}`].filter(Boolean).join(', '), started)] : []),
  ];
};

/** Every decision of policy about the step, in order. */
export const policyOf = (log: StepLog): readonly Line[] => {
  const decisions = log.of('countersign.action.allowed', 'countersign.action.denied', 'countersign.approval.required', 'countersign.decision.deferred', 'countersign.decision.lapsed');
  return decisions.map((event) => {
    switch (event.type) {
      case 'countersign.action.allowed':
        return line('allowed', `by ${event.data.rules.join(', ') || 'no rule'}${event.data.votes.length > 0 ? `, with ${event.data.votes.length} of ${event.data.quorum} votes` : ''}; set ${shortHash(event.data.policySet)}, controls up to ${event.data.controlEpoch}`, event);
      case 'countersign.action.denied':
        return line('denied', `${event.data.reasons.map(({ rule, message }) => `${rule}: ${message}`).join('; ')}; set ${shortHash(event.data.policySet)}`, event);
      case 'countersign.approval.required':
        return line('asked', `${event.data.quorum} of ${event.data.confirmation ? who(event.data.sub) : event.data.roles.join(' or ') || 'any approver'} (tier ${event.data.tier}): ${event.data.reasons.map(({ rule, message }) => `${rule}: ${message}`).join('; ')}; set ${shortHash(event.data.policySet)}`, event);
      case 'countersign.decision.deferred':
        return line('put off', event.data.until === 'stop' ? 'by a mode' : event.data.until === 'tool' ? 'until its tool may be called' : 'until an earlier action had its outcome', event);
      case 'countersign.decision.lapsed':
        return line('not done', `${event.data.reason}: ${event.data.message}`, event);
    }
  });
};

/** Which call was made, as whom, under which grant and with which credential. */
export const callOf = (log: StepLog): readonly Line[] => {
  const { grant, proposal, tool } = log;
  const attempts = log.of('countersign.attempt.started');
  if (!proposal) return [line('call', 'none: it was never proposed')];
  const { action } = proposal.data;
  const call = line('call', `${action.tool} on ${action.destination}, ${attempts.length === 0 ? 'never made' : `made ${attempts.length === 1 ? 'once' : `${attempts.length} times`}`}, key ${action.idempotencyKey}, contract ${tool ? `v${tool.version}` : shortHash(action.toolContractHash)}`, proposal, ...attempts);
  const args = line('arguments', `${valuesText(action.args, tool?.document.args)}; action ${shortHash(proposal.data.actionHash)}`, proposal);
  if (!grant) return [call, args];
  const credential = tool?.document.credential === 'token-exchange' ? 'a credential exchanged for this grant' : tool?.document.longLivedCredential ? 'a long-lived credential of the connection' : 'the credential of the connection';
  const ends = log.of('countersign.action.succeeded', 'countersign.action.verified', 'countersign.action.failed', 'countersign.action.unknown', 'countersign.action.diverged');
  return [
    call,
    args,
    line('identity', `${who(grant.data.act)} for ${who(grant.data.sub)}`, grant),
    ...(attempts.length > 0 ? [line('with', `grant ${grant.data.jti}, executor key ${grant.data.cnf}${tool ? `, ${credential} \`${action.destination}\`` : ''}`, grant, attempts.at(-1))] : []),
    ...ends.map((event) => line('outcome', `${event.type.replace('countersign.action.', '')}${'outsideId' in event.data && event.data.outsideId !== undefined ? `, ${event.data.outsideId}` : ''}${'code' in event.data ? `, ${event.data.code}` : ''}`, event)),
  ];
};

const placesOf = (log: StepLog): string => {
  const { proposal, tool } = log;
  if (!proposal || !tool) return '';
  return tool.document.destinations
    .flatMap(({ arg, kind }) => {
      const value = atPointer(proposal.data.action.args, arg);
      return value === undefined ? [] : [`${kind} ${JSON.stringify(value)}`];
    })
    .join(', ');
};

/** Of a step that changed nothing: what was called all the same, and what that was sent. */
export const sentOf = (log: StepLog): Line => {
  const { proposal, step, tool } = log;
  const attempts = log.of('countersign.attempt.started', 'countersign.action.previewed');
  if (!proposal || attempts.length === 0) return line(step, 'nothing was called', proposal);
  const { action } = proposal.data;
  return line(step, `${action.tool} on ${action.destination}, which was sent ${fieldsText(action.args, tool?.document.args)}`, proposal, ...attempts);
};

/** Where it went and what went there, before anybody had said yes too. Here are names and classes of arguments; what they were is in the call. */
export const leftOf = (log: StepLog): readonly Line[] => {
  const { proposal, tool } = log;
  const attempts = log.of('countersign.attempt.started');
  const previews = log.of('countersign.action.previewed');
  if (!proposal || (attempts.length === 0 && previews.length === 0)) return [line('nothing', 'the tool was not called')];
  const { action } = proposal.data;
  const places = placesOf(log);
  const seen = log.before(proposal, 'countersign.context.opened', 'countersign.context.observed').filter(({ data }) => data.untrusted || data.sensitive);
  const taint = [seen.some(({ data }) => data.untrusted) && 'untrusted', seen.some(({ data }) => data.sensitive) && 'sensitive'].filter(Boolean).join(' and ');
  const classes = tool ? marksOf(action.args, tool.document.args).classes : new Set<string>();
  return [
    ...(previews.length > 0 ? [line('for a preview', `${action.destination} was asked what the call would do, before it was granted`, ...previews)] : []),
    ...(attempts.length > 0 ? [line('to', `${action.destination}${places === '' ? '' : `, and from there to ${places}`}`, attempts.at(-1))] : []),
    line('fields', fieldsText(action.args, tool?.document.args), proposal),
    line('classes', tool ? [...classes].join(', ') || `the contract of ${tool.id} names none for these fields` : 'not known: the tool contract is not in the ledger', proposal),
    line('the run was', taint === '' ? 'neither untrusted nor sensitive' : taint, ...seen),
  ];
};

/** Whether it stands, and who can take it back until when. `run`: as it is typed. */
export const undoOf = (log: StepLog, run: string, now: Instant): readonly Line[] => {
  const { proposal, tool, contract, step } = log;
  const [end] = log.of('countersign.action.succeeded', 'countersign.action.verified', 'countersign.action.diverged', 'countersign.action.unknown', 'countersign.action.failed').toReversed();
  if (!proposal || log.of('countersign.attempt.started').length === 0) return [line('nothing', 'there is no effect')];
  if (proposal.data.effect === 'read') return [line('nothing', 'it only read', proposal)];
  if (end?.type === 'countersign.action.failed') return [line('nothing', `the tool said no (${end.data.code}): there is no effect`, end)];
  const done = log.undoings.filter((undoing) => undoing.step === step);
  const undone = done.find(({ outcome }) => outcome === 'succeeded');
  if (undone) return [line('undone', undone.by === undefined ? `by ${undone.run}, which a person ordered` : `by step ${undone.by} of the same run`)];
  const under = done.find(({ outcome }) => outcome === undefined);
  if (under) return [line('under way', `${under.run} undoes it`)];
  const [known] = log.of('countersign.context.observed').flatMap(({ data, id }) => (data.undo ? [{ undo: data.undo, id }] : []));
  const until = known?.undo.until === undefined ? undefined : parseTimestamp(known.undo.until);
  const ask = line('ask', `${contract ? `${contract.document.owner}, who answers for the agent` : 'whoever answers for the agent'}, and whoever runs \`${proposal.data.action.destination}\`${end && 'outsideId' in end.data && end.data.outsideId !== undefined ? `, about ${end.data.outsideId}` : `, about the key ${proposal.data.action.idempotencyKey}`}`, end);
  if (end?.type === 'countersign.action.unknown') return [line('first', 'find out whether it was done: the evidence is in the event', end), ask];
  if (known && until !== undefined && now < until) return [{ label: 'until', text: `${known.undo.until}, by ${known.undo.tool}`, events: [known.id] }, line('type', `undo ${run}/${step} --reason TEXT`)];
  if (known) return [{ label: 'no more', text: until === undefined ? `${known.undo.tool} would undo it, but no person can order it: the contract gives no time for that` : `${known.undo.tool} would have undone it until ${known.undo.until}`, events: [known.id] }, ask];
  const compensation = tool?.document.compensation?.tool;
  if (compensation !== undefined) return [line('no order', `${compensation} would undo it, but policy knows the call only of an action that ended well`, end), ask];
  return [line('no way', tool ? `the contract of ${tool.id} names nothing that undoes it${tool.document.reversible === false ? ', and says that nothing does' : ''}` : 'the log names nothing that undoes it', end), ask];
};
