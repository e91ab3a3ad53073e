import { ANSWER_CHOICES, SHA256_PATTERN, type AgainAnswer, type AnswerChoice, type Event } from '@countersign/contracts';
import { isAgain, rightsFault, type ApproverDirectory } from '@countersign/domain';
import { canonicalJson, CountersignError, deterministicId, eventId, isJsonObject, type Instant, type Json, type JsonObject, type Sha256 } from '@countersign/kernel';
import { requireOfTheseDays } from './of-these-days.js';
import { requestBytes, signedRequest, type People, type PersonsRequest, type RequestKind } from './signed-request.js';

/** `type` of the CloudEvent by which a person says something to what a run asks. It comes as an order to undo does. */
export const ANSWER_GIVEN = 'countersign.answer.given';

export interface GivenAnswer extends PersonsRequest {
  readonly escalation: string;
  /** Hash of the question that the person has read. */
  readonly asked: Sha256;
  /** `claim`: somebody is at work on it. */
  readonly choice: AnswerChoice | 'claim';
  readonly given?: JsonObject;
}

const LONGEST_ID = 64;
const isChoice = (choice: Json | undefined): choice is GivenAnswer['choice'] => choice === 'claim' || ANSWER_CHOICES.some((known) => known === choice);

const KIND: RequestKind<GivenAnswer> = {
  type: ANSWER_GIVEN,
  name: 'answer',
  rest: ({ escalation, asked, choice, given }) => {
    if (typeof escalation !== 'string' || escalation.length > LONGEST_ID || !escalation.isWellFormed() || typeof asked !== 'string' || !SHA256_PATTERN.test(asked) || !isChoice(choice)) return undefined;
    // Whoever claims says nothing yet.
    if (given !== undefined && (!isJsonObject(given) || choice === 'claim')) return undefined;
    return { escalation, asked: asked as Sha256, choice, ...(given && { given }) };
  },
};

/** The bytes that a person signs. */
export const answerBytes = (answer: Omit<GivenAnswer, 'time'> & { readonly time: string }): Buffer => requestBytes(KIND, answer);

/** `source` of what the outcomes say of it. */
export const ANSWER_SOURCE = '/countersign/answer';

/** Of whoever answered and the answer's own id: what is sent twice is one, and nobody takes the place of another's. */
export const answerTrigger = ({ tenant, workflow, by, id }: Pick<GivenAnswer, 'tenant' | 'workflow' | 'by' | 'id'>): string => deterministicId('answer', tenant, workflow, by, id);

/** Id of the event that the gateway writes of it. */
export const answerEventId = (answer: Pick<GivenAnswer, 'tenant' | 'workflow' | 'by' | 'id' | 'choice'>): string =>
  eventId('gateway', answerTrigger(answer), answer.choice === 'claim' ? 'countersign.task.claimed' : 'countersign.task.answered', answer.id);

/** The answer that bytes are. Whether it counts, the planner says. Throws what `signedRequest` throws. */
export const signedAnswer = (bytes: Buffer, jws: Uint8Array | string | undefined, directory: People): GivenAnswer => signedRequest(KIND, bytes, jws, directory);

/**
 * That a person said this is not the word of whoever wrote the event: it is what that person has signed, of these days.
 * Throws what `signedAnswer` throws.
 */
export const checkAnswer = ({ tenant, workflow, run, data, type }: Event<'countersign.task.answered' | 'countersign.task.claimed' | 'countersign.run.input-answered'>, directory: People, now: Instant): void => {
  const said = signedAnswer(Buffer.from(data.word.value), data.word.jws, directory);
  const { escalation, asked, by, reason } = data;
  const choice = type === 'countersign.task.claimed' ? 'claim' : data.choice;
  const given = 'given' in data ? data.given : undefined;
  const isSaid = said.tenant === tenant && said.workflow === workflow && said.run === run && said.escalation === escalation && said.asked === asked && said.by === by && said.reason === reason && said.choice === choice && canonicalJson(said.given ?? null) === canonicalJson(given ?? null);
  if (!isSaid) throw new CountersignError('SIGNATURE_INVALID', `what \`${said.by}\` has signed is another answer`);
  requireOfTheseDays(said.by, said.time, now);
};

/** Of a grant: whose action is done once more. */
export interface AgainContext {
  readonly directory: ApproverDirectory | undefined;
  /** Roles that answer under the contract in force. */
  readonly roles: readonly string[];
}

/** Why an answer does not let a step be done once more; `undefined` where it does. What is not checked here: that it counted, which is the planner's and policy's. */
export const againFault = ({ escalation, word }: AgainAnswer, { data: { sub, act, action } }: Event<'countersign.action.allowed'>, { directory, roles }: AgainContext): string | undefined => {
  try {
    const said = signedAnswer(Buffer.from(word.value), word.jws, directory);
    if (said.escalation !== escalation || said.tenant !== action.tenant || said.workflow !== action.workflow || said.run !== action.run) return `what \`${said.by}\` has signed is about something else`;
    if (said.choice === 'claim' || !isAgain(said.choice)) return `\`${said.by}\` did not say that it is to be done once more`;
    return rightsFault(directory?.people.find(({ subject }) => subject === said.by), { choice: said.choice, subject: sub, agent: act, roles })?.message;
  } catch (fault) {
    if (fault instanceof CountersignError) return fault.message;
    throw fault;
  }
};
