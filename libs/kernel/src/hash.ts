import { createHash, hash } from 'node:crypto';
import type { EventId, RunId, Sha256 } from './ids.js';

/** SHA-256 of bytes or of a string's UTF-8 bytes, in lower-case hex. */
export const sha256 = (data: Uint8Array | string): Sha256 => hash('sha256', data, 'hex') as Sha256;

/** SHA-256 as 32 bytes. */
export const sha256Bytes = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

/** 22 base64url characters carry 132 bits: nobody finds a second text with the same id. */
const ID_LENGTH = 22;

/** The parts are separated by a zero byte so that `a`,`bc` differs from `ab`,`c`. */
const digestOf = (...parts: readonly (string | number)[]): string => hash('sha256', parts.join('\0'), 'base64url').slice(0, ID_LENGTH);

/** A deterministic id of the parts. None begins with a dash, as one in 64 would: people put ids on command lines, where it would be an option. */
export const deterministicId = (...parts: readonly (string | number)[]): string => digestOf(...parts).replace(/^-/, '_');

/**
 * Id of an event: the same service working the same cause again makes the same id.
 * `ordinal` tells apart several events of one type and subject that one cause gives rise to.
 */
export const eventId = (service: string, cause: string, type: string, subject: string, ordinal = 0): EventId =>
  deterministicId(service, cause, type, subject, ordinal) as EventId;

/**
 * The run that a task leads to: a repeated task leads to the same run. The same id for another workflow is another task: workflows lie in
 * different partitions, whose owners know nothing of each other, so nobody could tell that one repeats the other. What a `person` has signed is
 * a task of theirs: whoever hands in another one under its id does not take its place. No tenant is named as a person is, so the first part
 * tells the two apart, whatever stands in `source` and `task`.
 */
export const runIdOf = (tenant: string, workflow: string, source: string, task: string, person?: string): RunId =>
  `run-${digestOf(...(person === undefined ? [] : [person]), tenant, workflow, source, task)}` as RunId;

/** The key that a tool sees: never the agent's own, so that a repeat of the same step is recognised. */
export const idempotencyKeyOf = (tenant: string, run: string, step: string): string => digestOf('idempotency', tenant, run, step);
