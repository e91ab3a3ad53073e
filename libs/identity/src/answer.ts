import { ANSWER_CHOICES, SHA256_PATTERN, SLACK_TEAM_PATTERN, SLACK_USER_PATTERN, type AgainAnswer, type AnswerChoice, type Event, type Via } from '@countersign/contracts';
import { answerInSlackFault, isAgain, rightsFault, type ApproverDirectory, type SlackKeys } from '@countersign/domain';
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

/** A field more than these is found out by the canonical form of the whole. */
const viaOf = (via: Json | undefined): Via | undefined => {
  const slack = via !== undefined && isJsonObject(via) ? via['slack'] : undefined;
  if (slack === undefined || !isJsonObject(slack)) return undefined;
  const { team, user } = slack;
  return typeof team === 'string' && SLACK_TEAM_PATTERN.test(team) && typeof user === 'string' && SLACK_USER_PATTERN.test(user) ? { slack: { team, user } } : undefined;
};

const KIND: RequestKind<GivenAnswer> = {
  type: ANSWER_GIVEN,
  name: 'answer',
  rest: ({ escalation, asked, choice, given, via }) => {
    if (typeof escalation !== 'string' || escalation.length > LONGEST_ID || !escalation.isWellFormed() || typeof asked !== 'string' || !SHA256_PATTERN.test(asked) || !isChoice(choice)) return undefined;
    // Whoever claims says nothing yet.
    if (given !== undefined && (!isJsonObject(given) || choice === 'claim')) return undefined;
    const pressed = viaOf(via);
    if (via !== undefined && !pressed) return undefined;
    return { escalation, asked: asked as Sha256, choice, ...(given && { given }), ...(pressed && { via: pressed }) };
  },
};

/** The bytes that a person signs, or the Slack service for whoever pressed. */
export const answerBytes = (answer: Omit<GivenAnswer, 'time'> & { readonly time: string }): Buffer => requestBytes(KIND, answer);

/** `source` of what the outcomes say of it. */
export const ANSWER_SOURCE = '/countersign/answer';

/** Of whoever answered and the answer's own id: what is sent twice is one, and nobody takes the place of another's. */
export const answerTrigger = ({ tenant, workflow, by, id }: Pick<GivenAnswer, 'tenant' | 'workflow' | 'by' | 'id'>): string => deterministicId('answer', tenant, workflow, by, id);

/** Id of the event that the gateway writes of it. */
export const answerEventId = (answer: Pick<GivenAnswer, 'tenant' | 'workflow' | 'by' | 'id' | 'choice'>): string =>
  eventId('gateway', answerTrigger(answer), answer.choice === 'claim' ? 'countersign.task.claimed' : 'countersign.task.answered', answer.id);

/** The answer that bytes are. Whether it counts, the planner says. Throws what `signedRequest` throws. */
export const signedAnswer = (bytes: Buffer, jws: Uint8Array | string | undefined, directory: People, slackKeys?: SlackKeys): GivenAnswer => signedRequest(KIND, bytes, jws, directory, slackKeys);

const viaText = (via: Via | undefined): string => (via ? `${via.slack.team}/${via.slack.user}` : '');

/**
 * That a person said this is not the word of whoever wrote the event: it is what that person has signed, or the Slack service for them, of these days.
 * Throws what `signedAnswer` throws.
 */
export const checkAnswer = ({ tenant, workflow, run, data, type }: Event<'countersign.task.answered' | 'countersign.task.claimed' | 'countersign.run.input-answered'>, directory: People, now: Instant, slackKeys: SlackKeys): void => {
  const said = signedAnswer(Buffer.from(data.word.value), data.word.jws, directory, slackKeys);
  const { escalation, asked, by, reason, via } = data;
  const choice = type === 'countersign.task.claimed' ? 'claim' : data.choice;
  const given = 'given' in data ? data.given : undefined;
  const isSaid = said.tenant === tenant && said.workflow === workflow && said.run === run && said.escalation === escalation && said.asked === asked && said.by === by && said.reason === reason && said.choice === choice && canonicalJson(said.given ?? null) === canonicalJson(given ?? null) && viaText(said.via) === viaText(via);
  if (!isSaid) throw new CountersignError('SIGNATURE_INVALID', `what \`${said.by}\` has signed is another answer`);
  requireOfTheseDays(said.by, said.time, now);
};

/** Of a grant: whose action is done once more. */
export interface AgainContext {
  readonly directory: ApproverDirectory | undefined;
  /** Keys of the Slack service that are good now; absent: none. */
  readonly slackKeys?: SlackKeys | undefined;
  /** Roles that answer under the contract in force. */
  readonly roles: readonly string[];
}

/** Why an answer does not let a step be done once more; `undefined` where it does. What is not checked here: that it counted, which is the planner's and policy's. */
export const againFault = ({ escalation, word }: AgainAnswer, { data: { sub, act, action } }: Event<'countersign.action.allowed'>, { directory, slackKeys, roles }: AgainContext): string | undefined => {
  try {
    const said = signedAnswer(Buffer.from(word.value), word.jws, directory, slackKeys);
    if (said.escalation !== escalation || said.tenant !== action.tenant || said.workflow !== action.workflow || said.run !== action.run) return `what \`${said.by}\` has signed is about something else`;
    if (said.choice === 'claim' || !isAgain(said.choice)) return `\`${said.by}\` did not say that it is to be done once more`;
    return (answerInSlackFault(said, directory) ?? rightsFault(directory?.people.find(({ subject }) => subject === said.by), { choice: said.choice, subject: sub, agent: act, roles }))?.message;
  } catch (fault) {
    if (fault instanceof CountersignError) return fault.message;
    throw fault;
  }
};
