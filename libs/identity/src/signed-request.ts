import { RUN_PATTERN, type Via } from '@countersign/contracts';
import type { ApproverDirectory, SlackKeys } from '@countersign/domain';
import { canonicalJson, CountersignError, isJsonObject, isName, parseTimestamp, timestamp, type Instant, type Json, type JsonObject, type Principal, type RunId, type Tenant, type Workflow } from '@countersign/kernel';
import { isInSlack, isSignedBySlack, NO_SLACK_KEYS } from './in-slack.js';
import { signerAlone } from './people.js';

/** What a person sends to the inbox of a tenant in their own name, about a run that is there. */
export interface PersonsRequest {
  readonly id: string;
  readonly time: Instant;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run: RunId;
  readonly by: Principal;
  readonly reason: string;
  /** Who pressed a button in Slack: the service signs for them. Absent where the person signs. */
  readonly via?: Via;
}

/** How one kind of request is called, and what it says besides. No task and no ballot is signed under these types. */
export interface RequestKind<Said extends PersonsRequest> {
  /** `type` of the CloudEvent. */
  readonly type: string;
  /** To stand in "the record is no ...". */
  readonly name: string;
  readonly rest: (data: JsonObject) => Omit<Said, keyof PersonsRequest> | undefined;
}

export type People = Pick<ApproverDirectory, 'people'> | undefined;

/** As long as the event that carries the request allows. */
const LONGEST_REASON = 500;
const LONGEST_ID = 200;

/** The bytes that a person signs; `time` as RFC 3339. */
export const requestBytes = <Said extends PersonsRequest>({ type }: Pick<RequestKind<Said>, 'type'>, { id, time, ...data }: Omit<Said, 'time'> & { readonly time: string }): Buffer =>
  Buffer.from(canonicalJson({ specversion: '1.0', id, source: '/countersign/operator', type, time, data: data as unknown as JsonObject }));

const parse = (bytes: Buffer): Json => {
  try {
    return JSON.parse(bytes.toString()) as Json;
  } catch {
    return null;
  }
};

const requestOf = <Said extends PersonsRequest>(event: Json, { rest }: RequestKind<Said>): Said | undefined => {
  if (!isJsonObject(event)) return undefined;
  const { id, time, data } = event;
  if (typeof id !== 'string' || id === '' || !id.isWellFormed() || id.length > LONGEST_ID || typeof time !== 'string' || data === undefined || !isJsonObject(data)) return undefined;
  const { tenant, workflow, run, by, reason } = data;
  const at = parseTimestamp(time);
  if (at === undefined || typeof tenant !== 'string' || !isName(tenant) || typeof workflow !== 'string' || !isName(workflow) || typeof run !== 'string' || !RUN_PATTERN.test(run)) return undefined;
  if (typeof by !== 'string' || !by.isWellFormed() || typeof reason !== 'string' || reason.length > LONGEST_REASON || !reason.isWellFormed()) return undefined;
  const more = rest(data);
  return more && ({ id, time: at, tenant, workflow, run, by, reason, ...more } as unknown as Said);
};

/**
 * The request that bytes are, signed by the person whom it names and nobody else; what was pressed in Slack is signed by the Slack service with
 * one of `slackKeys`, for the person whom the directory has for that user. Whether it can be followed is for others to say.
 * Throws `EVENT_INVALID`, `SIGNER_WRONG`, and what `verifyPersons` throws.
 */
export const signedRequest = <Said extends PersonsRequest>(kind: RequestKind<Said>, bytes: Buffer, jws: Uint8Array | string | undefined, directory: People, slackKeys: SlackKeys = NO_SLACK_KEYS): Said => {
  const request = requestOf(parse(bytes), kind);
  if (!request || !bytes.equals(requestBytes(kind, { ...request, time: timestamp(request.time) }))) throw new CountersignError('EVENT_INVALID', `the record is no ${kind.name}, or not in its canonical form`);
  if (request.via !== undefined) return pressed(request, request.via, isSignedBySlack(bytes, jws, slackKeys), directory);
  const signer = signerAlone(bytes, jws, directory?.people ?? [], 'it is signed by one person');
  if (signer !== request.by) throw new CountersignError('SIGNER_WRONG', `\`${signer}\` has signed what names \`${request.by}\``);
  return request;
};

const pressed = <Said extends PersonsRequest>(request: Said, via: Via, isSigned: boolean, directory: People): Said => {
  if (!isSigned) throw new CountersignError('SIGNATURE_INVALID', 'what was pressed in Slack is not signed with a key of the Slack service');
  const person = directory?.people.find(({ subject }) => subject === request.by);
  if (!person || !isInSlack({ slack: person.slack }, via)) throw new CountersignError('SIGNER_WRONG', `\`${request.by}\` is not who pressed it in Slack`);
  return request;
};
