import type { LogRecord } from '@countersign/bus';
import { newEvent, type Event } from '@countersign/contracts';
import { contractFor, type ControlState } from '@countersign/domain';
import { agentPrincipal, bytesOfTask, humanPrincipal, upstreamPrincipal, type TaskToSign } from '@countersign/identity';
import { hours, runIdOf, timestamp, type ErrorCode, type Instant, type Tenant, type Workflow } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { APPROVERS, jwsOf, personRecord, ROOT_PEOPLE, STRANGER } from '../desk.ts';
import { ballotOn, GLOBEX, TENANT, WORKFLOW, type Grant } from '../grants.ts';

/** What whoever can write to an inbox, or is the gateway, can make of tasks that a person has signed. */

const { ada, grace, cem } = APPROVERS;
/** The other admin is in the directory too: the configuration of the desk has her key as that of its local admin. */
const { max, olga } = ROOT_PEOPLE;

const HANDED_IN = Date.now();

/** A task as Ada signs it. */
export const taskNumber = (number: number): TaskToSign => ({
  tenant: TENANT,
  workflow: WORKFLOW,
  task: { task: `task-${number}`, source: `/tests/forgery/${number % 7}`, upstreamType: 'desk.refund', upstreamTime: timestamp((HANDED_IN - number) as Instant), input: { how: 'plain', charge_id: `ch_${number}`, amount_cents: 10_000 + number, reason: `she asks for it ${number}` }, extensions: {} },
});

export interface InInbox {
  readonly tenant: Tenant;
  readonly record: LogRecord;
}

export const inInbox = (value: Buffer, jws: string, tenant: Tenant = TENANT): InInbox => {
  const { headers, ...rest } = personRecord(value, jws);
  return { tenant, record: { ...rest, topic: `countersign.inbox.${tenant}`, partition: 0, offset: 0, timestamp: Date.now(), headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) } };
};

/** Something else in it, each the size of a lie. */
const altered = (given: TaskToSign, random: Random): TaskToSign => {
  const { task } = given;
  const number = random.between(1_000, 9_999);
  return random.pick<TaskToSign>([
    { ...given, task: { ...task, task: `${task.task}-${number}` } },
    { ...given, task: { ...task, source: `${task.source}/${number}` } },
    { ...given, task: { ...task, upstreamTime: timestamp((Date.parse(task.upstreamTime) - number) as Instant) } },
    { ...given, task: { ...task, input: { ...task.input, amount_cents: number } } },
    { ...given, task: { ...task, extensions: { priority: number } } },
  ]);
};

/** Names of attributes without which a signature would hold elsewhere, or once more when nobody remembers the task. */
const BINDING = ['tenant', 'workflow', 'time'] as const;

const without = (given: TaskToSign, name: string): Buffer => Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(String(bytesOfTask(given))) as object).filter(([key]) => key !== name))));

export interface DoorKind {
  readonly what: string;
  readonly codes: readonly string[];
  readonly forge: (random: Random, index: number) => InInbox;
}

export const AT_THE_DOOR: readonly DoorKind[] = [
  { what: 'a task that nobody of the directory has signed', codes: ['signer.unknown'], forge: (random, index) => { const value = bytesOfTask(taskNumber(index)); return inInbox(value, jwsOf(value, [random.pick([STRANGER, max, olga])])); } },
  { what: 'a task that somebody else has signed under the key of an approver', codes: ['signature.invalid'], forge: (random, index) => { const value = bytesOfTask(taskNumber(index)); return inInbox(value, jwsOf(value, [{ ...random.pick([STRANGER, grace, cem]), id: ada.id }])); } },
  { what: 'a task under the signature on another one', codes: ['signature.invalid'], forge: (_random, index) => inInbox(bytesOfTask(taskNumber(index)), jwsOf(bytesOfTask(taskNumber(index + 1)), [ada])) },
  { what: 'a task that was altered after it was signed', codes: ['signature.invalid'], forge: (random, index) => inInbox(bytesOfTask(altered(taskNumber(index), random)), jwsOf(bytesOfTask(taskNumber(index)), [ada])) },
  { what: 'a signed task in the inbox of another tenant, as it was signed or with that one’s name', codes: ['signature.invalid'], forge: (random, index) => { const given = taskNumber(index); return inInbox(bytesOfTask(random.pick([given, { ...given, tenant: GLOBEX }])), jwsOf(bytesOfTask(given), [ada]), GLOBEX); } },
  { what: 'a task that was signed without its tenant, workflow or time', codes: ['signature.invalid'], forge: (random, index) => { const value = without(taskNumber(index), random.pick(BINDING)); return inInbox(value, jwsOf(value, [ada])); } },
  { what: 'a task with no signature, several, or one of another spelling', codes: ['signature.invalid', 'signature.missing'], forge: (random, index) => {
    const value = bytesOfTask(taskNumber(index));
    const signed = jwsOf(value, [ada]);
    return inInbox(value, random.pick(['', ' ', signed.slice(0, -1), `${signed}=`, jwsOf(value, [ada, ada]), jwsOf(value, [ada, grace]), `${Buffer.from(`{"alg":"none","kid":"${ada.id}"}`).toString('base64url')}..`, signed.replace('..', '.e30.')]));
  } },
];

/** What an upstream can write, unsigned, under the id of a task that Ada has signed: what she has signed, or something else. */
export const underItsId = (given: TaskToSign, random: Random): InInbox => {
  const { headers: _, ...record } = inInbox(bytesOfTask(random.pick([given, { ...given, task: { ...given.task, input: { ...given.task.input, amount_cents: random.between(1_000, 9_999) } } }])), '').record;
  return { tenant: TENANT, record: { ...record, headers: {} } };
};

/** What the gateway writes; this one is not honest. */
const submitted = ({ tenant, workflow, task }: TaskToSign, rest: { readonly subject: Event<'countersign.task.submitted'>['data']['subject']; readonly signature?: string }, controls: ControlState): Event<'countersign.task.submitted'> => {
  const contract = contractFor(controls, tenant, workflow);
  if (!contract) throw new Error('the desk is not in force');
  const { id, version, hash } = contract;
  return newEvent({ service: 'gateway', type: 'countersign.task.submitted', tenant, workflow, run: runIdOf(tenant, workflow, task.source, task.task), now: Date.now() as Instant, data: { ...task, ...rest, contract: { id, version, hash } } });
};

export interface GatewayKind {
  readonly what: string;
  readonly codes: readonly ErrorCode[];
  readonly forge: (random: Random, index: number, controls: ControlState, grant: Grant) => Event<'countersign.task.submitted'>;
}

export const BY_A_WHOLE_GATEWAY: readonly GatewayKind[] = [
  { what: 'a person who has signed nothing', codes: ['SIGNATURE_MISSING'], forge: (random, index, controls) => submitted(taskNumber(index), { subject: random.pick([ada, grace, STRANGER, max]).subject }, controls) },
  { what: 'a person, under the signature of another one', codes: ['SIGNER_WRONG', 'SIGNER_UNKNOWN'], forge: (random, index, controls) => submitted(taskNumber(index), { subject: ada.subject, signature: jwsOf(bytesOfTask(taskNumber(index)), [random.pick([grace, cem, STRANGER, olga])]) }, controls) },
  { what: 'a person, under a signature on another task, tenant, workflow, or on a ballot', codes: ['SIGNATURE_INVALID'], forge: (random, index, controls, grant) => {
    const given = taskNumber(index);
    const value = random.pick([() => bytesOfTask(altered(given, random)), () => bytesOfTask({ ...given, tenant: GLOBEX }), () => bytesOfTask({ ...given, workflow: `${WORKFLOW}-${index}` as Workflow }), () => ballotOn(grant, ada.subject)])();
    return submitted(given, { subject: ada.subject, signature: jwsOf(value, [ada]) }, controls);
  } },
  { what: 'a person, with what they have signed when nobody remembers it any more, or for later', codes: ['SIGNATURE_INVALID'], forge: (random, index, controls) => {
    const given = taskNumber(index);
    const time = Date.now() + random.pick([-25, 1]) * hours(1) * (1.01 + random.next());
    const old = { ...given, task: { ...given.task, upstreamTime: timestamp(Math.round(time) as Instant) } };
    return submitted(old, { subject: ada.subject, signature: jwsOf(bytesOfTask(old), [ada]) }, controls);
  } },
  { what: 'the systems of its tenant in another trust domain', codes: ['SIGNATURE_MISSING'], forge: (random, index, controls) => submitted(taskNumber(index), { subject: upstreamPrincipal(TENANT, random.pick(['evil.example', 'countersign.locale', 'countersign', 'countersign.local.evil.example'])) }, controls) },
  { what: 'the systems of another tenant, an agent, or a name that looks like one', codes: ['SIGNATURE_MISSING'], forge: (random, index, controls) => submitted(taskNumber(index), { subject: random.pick([upstreamPrincipal(GLOBEX), agentPrincipal(TENANT, WORKFLOW, `agent-${index}`), humanPrincipal('upstream'), humanPrincipal(`person-${index}`)]) }, controls) },
];
