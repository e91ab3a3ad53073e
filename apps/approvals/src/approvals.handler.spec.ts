import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LogRecord, Moment, Received } from '@countersign/bus';
import { encodeEvent, HEADERS, newEvent } from '@countersign/contracts';
import type { ApprovalState, ControlState, Output } from '@countersign/domain';
import { keyIdOf, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { hours, sha256, timestamp, type Instant, type Principal, type Sha256 } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, ADA, AGENT, APPROVERS, controlsWith, GRACE, heard, proposalOf, REFUND, REFUND_DESK, RUN, UPSTREAM } from '@countersign/testing/refund-desk';
import { ApprovalsHandler } from './approvals.handler.js';

const handler = new ApprovalsHandler();
const approvals: Core<ApprovalState> = { service: 'approvals', initialState: () => handler.initialState(), evolve: (state, event, cause) => handler.evolve(state, event, cause) };

const ADAS = generateKeyPairSync('ed25519').privateKey;
const OTHERS = generateKeyPairSync('ed25519').privateKey;
const people = APPROVERS.people.map((person) => ({ ...person, publicKey: rawPublicKeyOf(person.subject === ADA ? ADAS : OTHERS) }));
const CONTROLS = controlsWith({ approvers: [{ ...APPROVERS, people }] });

const DEADLINE = (NOW + hours(1)) as Instant;
const { action, actionHash } = proposalOf(REFUND, 'refund');
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: action.step, now: NOW } as const;
const required = heard(
  newEvent({
    ...place,
    service: 'policy',
    type: 'countersign.approval.required',
    data: { approval: 'ask-1', action, actionHash, reasons: [], policySet: sha256('set'), controlEpoch: 1, tier: 2, quorum: 1, roles: ['finance'], deadline: timestamp(DEADLINE), day: '2026-01-02', month: '2026-01', sub: UPSTREAM, act: AGENT, runDeadline: timestamp(DEADLINE) },
  }),
  'decisions',
);

interface Cast {
  readonly voter?: Principal;
  readonly key?: KeyObject;
  readonly approval?: string;
}
/** A ballot and the record it comes in. */
const ballot = ({ voter = ADA, key = ADAS, approval = 'ask-1' }: Cast = {}): { readonly written: Written; readonly record: LogRecord } => {
  const event = newEvent({ ...place, service: 'operator', type: 'countersign.ballot.cast', actor: voter, subject: voter, data: { approval, actionHash, choice: 'approve', voter, reason: 'checked' } });
  const value = encodeEvent(event);
  const jws = signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key)));
  return { written: heard(event, 'ballots'), record: { topic: 'ballots', partition: 0, offset: 0, timestamp: NOW, key: null, value, headers: { [HEADERS.personSignature]: Buffer.from(jws) } } };
};

const received = ({ event, cause }: Written, record = {} as LogRecord): Received => ({ event, topic: cause.topic, offset: cause.offset, sha256: cause.sha256 as Sha256, partition: 0, key: 'acme/refund-desk', record });
const moment = (controls: ControlState, now: Instant = NOW): Moment<ControlState> => ({ now, partition: 0, controls, controlEpoch: controls.epoch });
const on = (trigger: Written, record?: LogRecord, controls = CONTROLS) => (state: ApprovalState): readonly Output[] => handler.handle(received(trigger, record), state, moment(controls));
const asked = (): Given<ApprovalState> => given(approvals).handle(required, on(required));
const vote = ({ written, record }: ReturnType<typeof ballot>, so = asked(), controls = CONTROLS): readonly Output[] => so.when(on(written, record, controls));
const invalid = (message: RegExp): object => expect.objectContaining({ code: 'VOTE_INVALID', message: expect.stringMatching(message) });

describe('the approvals service', () => {
  it('keeps a vote as it was signed, so that others can check it themselves', () => {
    const cast = ballot();
    const signed = { value: String(cast.record.value), jws: String(cast.record.headers[HEADERS.personSignature]) };
    expect(vote(cast)).toMatchObject([{ type: 'countersign.approval.vote-cast', data: { voter: ADA, vote: signed } }, { type: 'countersign.approval.granted', data: { votes: [signed] } }]);
  });

  it('makes a dead letter of a vote that somebody else signed', () => {
    expect(() => vote(ballot({ key: OTHERS }))).toThrow(invalid(/^vote\.invalid: the signature is not of/));
  });

  it('makes a dead letter of a vote whose bytes are not those that were signed', () => {
    const { written, record } = ballot();
    const changed = { ...record, value: Buffer.from(String(record.value).replace('checked', 'Checked')) };
    expect(() => vote({ written, record: changed })).toThrow(invalid(/^vote\.invalid: the signature is not of/));
  });

  it('makes a dead letter of a vote without a signature', () => {
    const { written, record } = ballot();
    expect(() => vote({ written, record: { ...record, headers: {} } })).toThrow(invalid(/^vote\.invalid: the signature is not of/));
  });

  it('lets nobody vote where no directory is in force', () => {
    expect(() => vote(ballot(), asked(), controlsWith({ approvers: [] }))).toThrow(invalid(/^voter\.not-entitled: .* is not in the directory/));
  });

  it('tells whoever signed well that it does not count, and makes no dead letter of it', () => {
    expect(vote(ballot({ approval: 'ask-2' }))).toMatchObject([{ type: 'countersign.approval.ballot-refused', data: { approval: 'ask-2', by: ADA, code: 'approval.not-open' } }]);
  });

  it('takes a word that stands, and refuses one that was signed long before it came', () => {
    const event = newEvent({ ...place, service: 'operator', type: 'countersign.delegation.given', actor: ADA, subject: 'd-1', data: { delegation: 'd-1', to: GRACE, roles: [], from: timestamp(NOW), until: timestamp(DEADLINE) } });
    const value = encodeEvent(event);
    const record = (at: number): LogRecord => ({ topic: 'ballots', partition: 0, offset: 0, timestamp: at, key: null, value, headers: { [HEADERS.personSignature]: Buffer.from(signAsPerson(value, ADAS, keyIdOf(rawPublicKeyOf(ADAS)))) } });
    expect(vote({ written: heard(event, 'ballots'), record: record(NOW) })).toMatchObject([{ type: 'countersign.approval.delegated', data: { by: ADA, to: GRACE, word: { value: String(value) } } }]);
    expect(vote({ written: heard(event, 'ballots'), record: record(NOW + hours(1)) })).toMatchObject([{ type: 'countersign.approval.ballot-refused', data: { code: 'vote.stale' } }]);
  });

  it('has nothing to say to a sign-off, and makes a dead letter of one that somebody else signed', () => {
    const signedOff = (key: KeyObject): ReturnType<typeof ballot> => {
      const event = newEvent({ service: 'operator', type: 'countersign.readiness.signed', tenant: ACME, workflow: REFUND_DESK, now: NOW, actor: ADA, subject: 'finance', data: { role: 'finance', subject: sha256('state'), met: ['budgets'], reason: 'looked through' } });
      const value = encodeEvent(event);
      return { written: heard(event, 'ballots'), record: { topic: 'ballots', partition: 0, offset: 0, timestamp: NOW, key: null, value, headers: { [HEADERS.personSignature]: Buffer.from(signAsPerson(value, key, keyIdOf(rawPublicKeyOf(key)))) } } };
    };
    expect(vote(signedOff(ADAS))).toEqual([]);
    expect(() => vote(signedOff(OTHERS))).toThrow(invalid(/vote\.invalid/));
  });

  it('goes on after a vote that does not count', () => {
    const so = asked();
    expect(() => vote(ballot({ voter: GRACE }), so)).toThrow(invalid(/^vote\.invalid/));
    expect(vote(ballot(), so)).toMatchObject([{ type: 'countersign.approval.vote-cast' }, { type: 'countersign.approval.granted' }]);
  });

  it('is due when people had their time, and not before', () => {
    const { state } = asked();
    expect(handler.nextDue(state)).toBe(DEADLINE);
    expect(handler.due(state, moment(CONTROLS, (DEADLINE - 1) as Instant))).toEqual([]);
    expect(handler.due(state, moment(CONTROLS, DEADLINE))).toMatchObject([{ outgoing: [{ type: 'countersign.approval.expired' }] }]);
  });

  it('goes on from what was frozen as if nothing had happened', () => {
    const { state } = asked();
    expect(handler.nextDue(handler.thaw(structuredClone(handler.freeze(state))))).toBe(DEADLINE);
  });
});
