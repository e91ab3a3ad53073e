import { join } from 'node:path';
import type { NewRecord } from '@countersign/bus';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, signBatch, type BatchToSign, type Service } from '@countersign/contracts';
import { fileSigner, signAsPerson, keyIdOf, rawPublicKeyOf } from '@countersign/identity';
import type { Instant, Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { KeyObject } from 'node:crypto';
import type { Stack } from './stack.ts';

export interface Plain {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Records with the signature of a service, made with the key that lies in the stack's folder: what a thief of that key could write. */
export const signedAs = (stack: Stack, service: Service, place: Omit<BatchToSign, 'records' | 'signer'>, records: readonly Plain[]): NewRecord[] => {
  const signatures = signBatch({ ...place, records, signer: fileSigner(service, join(stack.dataDir, 'keys', `${service}.pem`)) });
  return records.map(({ key, value }, index) => ({
    key,
    value,
    headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.epoch]: String(place.epoch), [HEADERS.signature]: signatures[index] ?? '' },
  }));
};

export interface BallotToCast {
  readonly tenant: string;
  readonly workflow: string;
  readonly run: string;
  readonly step: string;
  readonly approval: string;
  readonly actionHash: string;
  readonly voter: Principal;
  readonly choice?: 'approve' | 'deny';
  /** Tells ballots of one person on one approval apart. */
  readonly number?: number;
  readonly reason?: string;
}

/** A ballot's bytes. */
export const ballotBytes = ({ tenant, workflow, run, step, approval, actionHash, voter, choice = 'approve', number = 0, reason = 'a test votes' }: BallotToCast): Buffer =>
  encodeEvent(
    newEvent({
      service: 'operator',
      type: 'countersign.ballot.cast',
      data: { approval, actionHash: actionHash as Sha256, choice, voter, reason },
      tenant: tenant as Tenant,
      workflow: workflow as Workflow,
      run: run as RunId,
      step: step as StepId,
      actor: voter,
      subject: `${approval} ${voter} ${number}`,
      now: Date.now() as Instant,
    }),
  );

/** Puts a ballot on the log, signed with `key`, or with nothing. Gives its place. */
export const castBallot = async (stack: Stack, ballot: BallotToCast, key: KeyObject | undefined): Promise<{ readonly partition: number; readonly offset: number }> => {
  const { tenant, workflow } = ballot;
  const value = ballotBytes(ballot);
  const partition = stack.partitionOf(tenant, workflow);
  const signature = key === undefined ? {} : { [HEADERS.personSignature]: signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key))) };
  const record = { key: Buffer.from(`${tenant}/${workflow}`), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, ...signature } };
  return { partition, offset: await stack.kafka('operator').append({ topic: stack.topic('ballots'), partition }, [record]) };
};
