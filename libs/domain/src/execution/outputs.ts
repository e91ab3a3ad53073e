import type { ActionDivergedV1, AttemptStartedV1, Tries } from '@countersign/contracts';
import { timestamp, type Instant, type KeyId } from '@countersign/kernel';
import type { DocumentFault } from '../config/document.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { Output } from '../output.js';
import { BREAKER_OPEN, GRANT_EXPIRED, HELD_BY_MODE, KILLED, PREVIEW_CHANGED, TOOL_RATE } from '../reason-codes.js';
import { cut } from '../room.js';
import { counted } from './constants.js';
import type { ExecutionContext } from './execution-context.js';
import type { OpenGrant } from './execution-state.js';
import { turnAfter } from './turns.js';

export type Place = Pick<OpenGrant, 'tenant' | 'workflow' | 'run' | 'step'>;

export const placeOf = ({ tenant, workflow, run, step }: Place): Place => ({ tenant, workflow, run, step });

export const ofAttempt = ({ jti, actionHash, attempt }: OpenGrant): Pick<AttemptStartedV1, 'jti' | 'actionHash' | 'attempt'> => ({ jti, actionHash, attempt });

/** A clock that is set back in the middle of a call takes more than the call did. */
export const wholeMs = (latency: number): number => Math.max(0, Math.round(latency));

/** Codes of calls that are no fault of the tool: it refused the arguments, or we broke the call off. */
const NO_ERRORS: readonly string[] = ['http.400', 'http.422', KILLED];

/** Of an action that ends: with a call that came to `code`, or with one that was done. */
export const triesOf = ({ spent }: OpenGrant, code?: string): Tries =>
  code === undefined ? { calls: spent + 1, errors: spent } : { calls: spent + counted(code), errors: spent + (NO_ERRORS.includes(code) ? 0 : counted(code)) };

/** The same after looking at the effect of a call that nobody knew the end of, which is counted already. */
export const triesSoFar = ({ spent }: OpenGrant): Tries => ({ calls: spent, errors: spent });

/** An event has room for no more, and the first ones say enough. */
const FAULTS_TOLD = 20;

/** What was done is not what was decided on: the run stops, and a person has to look. */
export const diverged = (open: OpenGrant, faults: readonly DocumentFault[], done: Pick<ActionDivergedV1, 'latencyMs' | 'usedMicroUsd' | 'outsideId' | 'tries'>): Output => ({
  type: 'countersign.action.diverged',
  ...placeOf(open),
  data: { ...ofAttempt(open), faults: faults.slice(0, FAULTS_TOLD).map(({ pointer, message }) => ({ pointer, message })), ...done },
});

/** What an attempt is about, and when it goes out. */
export const attemptAt = (about: Pick<OpenGrant, 'jti' | 'actionHash' | 'attempt' | 'toolContractHash' | 'exp' | 'idempotencyKey' | 'again' | 'runDeadline'>, tool: ToolContract, startsAt: Instant, afterUnknown: boolean, context: ExecutionContext): AttemptStartedV1 => {
  const { jti, actionHash, attempt, toolContractHash, exp, idempotencyKey, again, runDeadline } = about;
  const nextCall = turnAfter(tool, startsAt, context);
  return {
    jti,
    actionHash,
    attempt,
    tool: tool.id,
    toolContractHash,
    exp,
    idempotencyKey,
    ...(again !== undefined && { again }),
    startsAt: timestamp(startsAt),
    deadline: timestamp((startsAt + tool.timeout) as Instant),
    runDeadline: timestamp(runDeadline),
    ...(nextCall !== undefined && { nextCall: timestamp(nextCall) }),
    afterUnknown,
  };
};

/** The next call under the same grant, at `startsAt`. */
export const nextAttempt = (open: OpenGrant, tool: ToolContract, startsAt: Instant, afterUnknown: boolean, context: ExecutionContext): Output => ({
  type: 'countersign.attempt.started',
  ...placeOf(open),
  data: attemptAt({ ...open, attempt: open.attempt + 1 }, tool, startsAt, afterUnknown, context),
});

/** Why a grant is not used any further. */
export interface Unused {
  readonly code: string;
  readonly message: string;
  /** Before that another would not be used either. */
  readonly until?: Instant;
  /** The key that is held instead. */
  readonly key?: KeyId | undefined;
}

export const outOfTime = ({ exp }: Pick<OpenGrant, 'exp'>): Unused => ({ code: GRANT_EXPIRED, message: `the grant was valid until ${timestamp((exp * 1_000) as Instant)}` });

export const shutOff = ({ id }: Pick<ToolContract, 'id'>, until: Instant): Unused => ({ code: BREAKER_OPEN, message: `too many calls of \`${id}\` failed`, until });

export const outOfTurn = ({ id }: Pick<ToolContract, 'id'>, until: Instant): Unused => ({ code: TOOL_RATE, message: `\`${id}\` is called at its rate`, until });

const MEANWHILE: Readonly<Record<string, string>> = { [KILLED]: 'it was stopped before the call', [HELD_BY_MODE]: 'a mode held it before the call', [PREVIEW_CHANGED]: 'what it would do is not what people were shown' };

/** It was taken up, and cannot be used any more: for a key or a clock of whoever has the partition now, or because it is stopped. */
export const unusable = (code: string, key: KeyId | undefined): Unused => ({ code, message: MEANWHILE[code] ?? 'the grant was taken up by an executor with another key or clock', key });

/** The grant ends before its work is done, and policy decides again, or says that nothing more is done. */
export const refusal = (place: Place, { jti, actionHash }: Pick<OpenGrant, 'jti' | 'actionHash'>, { code, message, key, until }: Unused, mayBeDone: boolean): Output => ({
  type: 'countersign.grant.refused',
  ...place,
  data: { jti, actionHash, code, message: cut(message, LONGEST_MESSAGE), ...(key !== undefined && { key }), ...(until !== undefined && { until: timestamp(until) }), mayBeDone },
});

/** A directory may know any number of roles. */
const LONGEST_MESSAGE = 1_000;
