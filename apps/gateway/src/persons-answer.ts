import type { LogRecord, Received } from '@countersign/bus';
import { HEADERS, type SignedWord } from '@countersign/contracts';
import { contractFor, slackKeysAt, type ControlState, type SlackKeys } from '@countersign/domain';
import { ANSWER_GIVEN, ANSWER_SOURCE, answerTrigger, signedAnswer, type GivenAnswer } from '@countersign/identity';
import { codeOf, messageOf, minutes, type Instant, type Tenant } from '@countersign/kernel';
import { isRequest, signatureRefusal, type FromInbox } from './from-inbox.js';

/** Cheap: most records are tasks. */
export const isAnswer = (record: Pick<LogRecord, 'value'>): boolean => isRequest(record, ANSWER_GIVEN);

/** Between what a person has signed and the record that brings it. Whoever keeps an answer for later has not read what is asked then. */
const FRESH = minutes(5);

/** What a person says to a question of a run: beyond the signature and its time nothing is decided here. */
export const receiveAnswer = ({ value, headers, timestamp: recordedAt }: LogRecord, { tenant, controls, slackKeys }: { readonly tenant: Tenant; readonly controls: ControlState; readonly slackKeys?: SlackKeys }): FromInbox => {
  const bytes = value ?? Buffer.alloc(0);
  const jws = headers[HEADERS.personSignature]?.toString('latin1');
  let said: GivenAnswer;
  try {
    said = signedAnswer(bytes, jws, controls.active?.approvers?.document, slackKeys);
  } catch (fault) {
    return { refusal: { code: codeOf(fault) === 'EVENT_INVALID' ? 'answer.invalid' : signatureRefusal(fault), message: messageOf(fault), faults: [] } };
  }
  const { id, workflow, run, escalation, asked, choice, by, reason, given, time, via } = said;
  const told = { task: id, source: ANSWER_SOURCE };
  const refuse = (code: string, message: string): FromInbox => ({ refusal: { code, message, faults: [], ...told }, workflow });
  if (said.tenant !== tenant) return refuse('answer.invalid', 'the answer is for another tenant');
  if (!contractFor(controls, tenant, workflow)) return refuse('workflow.unknown', `no agent contract of tenant \`${tenant}\` covers workflow \`${workflow}\``);
  if (Math.abs(recordedAt - time) > FRESH) return refuse('answer.stale', 'the answer was signed more than five minutes before or after it was sent');
  const word: SignedWord = { value: bytes.toString(), jws: jws ?? '' };
  const place = { tenant, workflow, run };
  const of = { escalation, asked, by, reason, ...(via && { via }), word };
  return {
    id: answerTrigger(said),
    told,
    outgoing: choice === 'claim' ? { type: 'countersign.task.claimed', ...place, subject: id, data: of } : { type: 'countersign.task.answered', ...place, subject: id, data: { ...of, choice, ...(given && { given }) } },
  };
};

/**
 * What somebody said in Slack: the Slack service has put it on `ballots`, as it has no way into an inbox, where it could hand in tasks. Nothing is
 * told to an upstream of it. `undefined` where it is no answer: the ledger has it all the same.
 */
export const receivePressed = ({ event, record }: Received, controls: ControlState): Extract<FromInbox, { readonly outgoing: unknown }> | undefined => {
  if (event.type !== 'countersign.answer.pressed' || event.tenant === undefined) return undefined;
  const { value, jws } = event.data.word;
  const received = receiveAnswer(
    { ...record, value: Buffer.from(value), headers: { [HEADERS.personSignature]: Buffer.from(jws, 'latin1') } },
    { tenant: event.tenant, controls, slackKeys: slackKeysAt(controls, record.timestamp as Instant) },
  );
  // A person's own word comes through the inbox.
  return 'outgoing' in received && 'via' in received.outgoing.data ? received : undefined;
};
