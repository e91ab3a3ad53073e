import { createPrivateKey, type KeyObject } from 'node:crypto';
import { actionAllowedV1, approvalRequiredV1, ballotCastV1, SAMPLE, SAMPLE_PUBLIC_KEY, SAMPLE_VOTE } from '@countersign/contracts/classes';
import { actionHashOf, encodeEvent, newEvent, type Action, type Event, type SignedVote } from '@countersign/contracts';
import { idempotencyKeyOf, microUsd, runIdOf, timestamp, type Instant, type KeyId, type Principal, type RunId, type Sha256, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerBytes } from './answer.js';
import { verifyBallot } from './ballot.js';
import { verifyGrant, verifyPreviewGrant, type GrantContext, type GrantFault } from './grant.js';
import { signAsPerson } from './jws.js';
import { keyIdOf, rawPublicKeyOf } from './keys.js';

type Grant = Event<'countersign.action.allowed'>;

/** The fields of an instance, as they are on the wire. */
const plain = <Of extends object>(of: Of): { [Field in keyof Of]: Of[Field] } => of;

const PKCS8_ED25519 = '302e020100300506032b657004220420';
const keyOf = (seed: number): KeyObject => createPrivateKey({ key: Buffer.from(PKCS8_ED25519 + seed.toString(16).padStart(2, '0').repeat(32), 'hex'), format: 'der', type: 'pkcs8' });
const personOf = (name: string, seed: number, roles: readonly string[]) => {
  const privateKey = keyOf(seed);
  return { subject: `spiffe://countersign.local/human/${name}` as Principal, name, privateKey, publicKey: rawPublicKeyOf(privateKey), roles };
};
const ada = personOf('ada', 1, ['finance']);
const bob = personOf('bob', 2, ['finance', 'legal']);
const cem = personOf('cem', 3, ['support']);
const eve = personOf('eve', 5, ['finance']);
const dan = personOf('dan', 4, ['finance']);
type Voter = typeof ada;
const directory = { people: [ada, bob, cem] };

const place = { tenant: SAMPLE.action.tenant, workflow: SAMPLE.action.workflow, run: SAMPLE.run, step: SAMPLE.step };
const IAT = 1_767_323_045;
const executorKey = '0123456789abcdef' as KeyId;

const ballotOf = (voter: Voter, change: Partial<Event<'countersign.ballot.cast'>['data']> = {}, where = place): Buffer =>
  encodeEvent(
    newEvent({ ...where, service: 'operator', type: 'countersign.ballot.cast', actor: voter.subject, subject: voter.name, now: 1_767_323_000_000 as Instant, data: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, choice: 'approve', voter: voter.subject, reason: 'checked', ...change } }),
  );
const signedBy = (voter: Voter, bytes: Buffer): SignedVote => ({ value: bytes.toString(), jws: signAsPerson(bytes, voter.privateKey, keyIdOf(voter.publicKey)) });
const vote = (voter: Voter, change: Parameters<typeof ballotOf>[1] = {}, where = place): SignedVote => signedBy(voter, ballotOf(voter, change, where));

const grantOf = (change: Partial<Grant['data']> = {}, action: Partial<Action> = {}): Grant => {
  const whole: Action = { ...plain(SAMPLE.action), ...action };
  const data = { ...plain(actionAllowedV1.sample), action: whole, actionHash: actionHashOf(whole), iat: IAT, exp: IAT + 60, cnf: executorKey, votes: [vote(ada), vote(bob)], quorum: 2, ...change };
  return newEvent({ ...place, service: 'policy', type: 'countersign.action.allowed', now: (IAT * 1_000) as Instant, data });
};
const grant = grantOf();
const context: GrantContext = { now: ((IAT + 10) * 1_000) as Instant, executorKeys: ['ffffffffffffffff' as KeyId, executorKey], controlEpoch: 12, directory, authors: [eve.subject], answering: ['finance'], toolContractHash: SAMPLE.fileHash, tool: { cost: microUsd(2_000), effect: 'write', attempts: 3 } };
const codeOf = (of: Grant, change: Partial<GrantContext> = {}): GrantFault | 'ok' => {
  const verdict = verifyGrant(of, { ...context, ...change });
  return verdict.ok ? 'ok' : verdict.code;
};

describe('a grant', () => {
  it('is good with the votes that it needs', () => {
    expect(verifyGrant(grant, context)).toEqual({ ok: true });
  });

  it('is good without votes where policy asked nobody', () => {
    const { approval: _approval, ...data } = plain(grantOf({ votes: [], quorum: 0, roles: [] }).data);
    expect(codeOf({ ...grant, data })).toBe('ok');
  });

  it('is good with any approver where policy named no role', () => {
    expect(codeOf(grantOf({ roles: [], votes: [vote(cem), vote(ada)] }))).toBe('ok');
  });

  it.each<[string, GrantFault, Grant, Partial<GrantContext>]>([
    ['of another issuer', 'audience.wrong', grantOf({ iss: 'planner' as 'policy' }), {}],
    ['for another audience', 'audience.wrong', grantOf({ aud: 'gateway' as 'executor' }), {}],
    ['for the key of another executor', 'key.wrong', grantOf({ cnf: 'eeeeeeeeeeeeeeee' as KeyId }), {}],
    ['whose hash is that of another action', 'hash.mismatch', grantOf({ actionHash: SAMPLE.fileHash }), {}],
    ['whose action was changed', 'hash.mismatch', grantOf({ action: { ...plain(SAMPLE.action), args: { charge: 'ch_1', amount_cents: 120_000 } } }), {}],
    ['with an idempotency key of its own', 'hash.mismatch', grantOf({}, { idempotencyKey: 'AAAAAAAAAAAAAAAAAAAAAA' }), {}],
    ['for a tool contract that is not the one here', 'hash.mismatch', grant, { toolContractHash: '4c'.repeat(32) as Sha256 }],
    ['for a tool contract that is not here', 'hash.mismatch', grant, { toolContractHash: undefined }],
    ['at the second it expires', 'expired', grant, { now: ((IAT + 60) * 1_000) as Instant }],
    ['from a clock that is ahead', 'not-yet-valid', grant, { now: (IAT * 1_000 - 5_001) as Instant }],
    ['that lives longer than a grant may', 'lifetime.too-long', grantOf({ exp: IAT + 61 }), {}],
    ['that rests on controls which are not read yet', 'controls.behind', grant, { controlEpoch: 11 }],
    ['with an approval and no vote', 'votes.missing', grantOf({ votes: [] }), {}],
    ['with a vote that nobody signed', 'vote.invalid', grantOf({ votes: [vote(ada), { value: vote(bob).value, jws: vote(ada).jws }] }), {}],
    ['with a vote that says no', 'vote.invalid', grantOf({ votes: [vote(ada), vote(bob, { choice: 'deny' })] }), {}],
    ['with a vote on another approval', 'vote.invalid', grantOf({ votes: [vote(ada), vote(bob, { approval: 'other' })] }), {}],
    ['with a vote on another action', 'vote.invalid', grantOf({ votes: [vote(ada), vote(bob, { actionHash: SAMPLE.fileHash })] }), {}],
    ['with a vote of another run', 'vote.invalid', grantOf({ votes: [vote(ada), vote(bob, {}, { ...place, run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId })] }), {}],
    ['with a vote of another tenant', 'vote.invalid', grantOf({ votes: [vote(ada), vote(bob, {}, { ...place, tenant: 'evil' as Tenant })] }), {}],
    ['with one person twice', 'voter.duplicate', grantOf({ votes: [vote(ada), vote(ada, { reason: 'again' })] }), {}],
    ['with one key under two names', 'voter.duplicate', grantOf({ votes: [vote(ada), vote({ ...ada, subject: bob.subject })] }), { directory: { people: [ada, { ...bob, publicKey: ada.publicKey }] } }],
    ['with a person of another role', 'voter.not-entitled', grantOf({ votes: [vote(ada), vote(cem)] }), {}],
    ['with a person whom the directory does not know', 'voter.not-entitled', grantOf({ votes: [vote(ada), vote(dan)] }), {}],
    ['while no directory is in force', 'voter.not-entitled', grant, { directory: undefined }],
    ['with the vote of whom it is for', 'voter.is-subject', grantOf({ sub: bob.subject }), {}],
    ['with the vote of who acts', 'voter.is-subject', grantOf({ act: bob.subject }), {}],
    ['with fewer votes than the quorum', 'quorum.not-met', grantOf({ votes: [vote(ada)] }), {}],
    ['with an approval that needs nobody', 'quorum.not-met', grantOf({ quorum: 0 }), {}],
  ])('is refused %s', (_, code, of, change) => {
    expect(codeOf(of, change)).toBe(code);
  });

  it('is refused with votes, a quorum or roles, and no approval', () => {
    for (const change of [{ votes: [], roles: [] }, { quorum: 0, roles: [] }, { votes: [], quorum: 0 }]) {
      const { approval: _approval, ...data } = plain(grantOf(change).data);
      expect(codeOf({ ...grant, data })).toBe('votes.missing');
    }
  });

  it.each<[string, Partial<Grant>]>([
    ['tenant', { tenant: 'evil' as Tenant }],
    ['workflow', { workflow: 'other' as Workflow }],
    ['run', { run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId }],
    ['step', { step: 'other' as StepId }],
  ])('is refused where its action is of another %s than it says itself', (_, change) => {
    expect(codeOf({ ...grant, ...change })).toBe('hash.mismatch');
  });
});

describe('a grant that goes over a limit of its run', () => {
  const MORE = 'EEEEEEEEEEEEEEEEEEEEEE';
  const yes = (voter: Voter): SignedVote => vote(voter, { approval: MORE });
  const over = (change: Partial<NonNullable<Grant['data']['extension']>> = {}, more: Partial<Grant['data']> = {}): Grant =>
    grantOf({ ...more, extension: { approval: MORE, tier: 2, quorum: 1, roles: ['finance'], votes: [yes(bob)], over: ['usd'], by: SAMPLE.used, ...change } });

  it('is good with the people that were asked for it, who may be those that approved the risk', () => {
    expect(codeOf(over())).toBe('ok');
    const { approval: _approval, ...data } = plain(over({}, { votes: [], quorum: 0, roles: [] }).data);
    expect(codeOf({ ...grant, data })).toBe('ok');
  });

  it('is good with the word of whom it is for, and of nobody else, where that was asked', () => {
    const confirmed = { confirmation: true as const, tier: 1, roles: [] };
    expect(codeOf(over({ ...confirmed, votes: [yes(cem)] }, { sub: cem.subject }))).toBe('ok');
    expect(codeOf(over({ ...confirmed, votes: [yes(ada)] }, { sub: cem.subject }))).toBe('voter.not-entitled');
  });

  it.each<[string, GrantFault, Grant]>([
    ['without a vote', 'votes.missing', over({ votes: [] })],
    ['with a vote on the risk', 'vote.invalid', over({ votes: [vote(bob)] })],
    ['with the answer to the other question', 'vote.invalid', over({ approval: SAMPLE.approval, votes: [vote(bob)] })],
    ['with a vote of whom it is for, who was not asked', 'voter.is-subject', over({ votes: [yes(cem)], roles: [] }, { sub: cem.subject })],
    ['with a person of another role', 'voter.not-entitled', over({ votes: [yes(cem)] })],
    ['with fewer votes than the quorum', 'quorum.not-met', over({ quorum: 2 })],
  ])('is refused %s', (_, code, of) => {
    expect(codeOf(of)).toBe(code);
  });
});

describe('what a grant reserves', () => {
  const reserving = (change: Partial<Grant['data']['reservation']>): Grant => grantOf({ reservation: { ...plain(SAMPLE.reservation), ...change } });
  it.each<[string, GrantFault | 'ok', Grant, Partial<GrantContext>]>([
    ['is as much as its tool costs', 'ok', reserving({}), {}],
    ['may be more', 'ok', reserving({ microUsd: microUsd(2_001) }), {}],
    ['is not less', 'reservation.too-small', reserving({ microUsd: microUsd(1_999) }), {}],
    ['is not less by the contract that the executor knows', 'reservation.too-small', grant, { tool: { cost: microUsd(2_001), effect: 'write', attempts: 3 } }],
    ['has the calls beyond the first', 'reservation.too-small', reserving({ retries: 1 }), {}],
    ['has the records of a write', 'reservation.too-small', reserving({ records: 0 }), {}],
    ['has the records that the call says', 'reservation.too-small', grant, { tool: { cost: microUsd(2_000), effect: 'write', attempts: 3, records: '/amount_cents' } }],
    ['is nothing where the call does not say how many records', 'reservation.missing', grant, { tool: { cost: microUsd(2_000), effect: 'write', attempts: 3, records: '/nowhere' } }],
    ['is a call', 'reservation.missing', reserving({ toolCalls: 0 }), {}],
    ['is a write', 'reservation.missing', reserving({ writes: 0 }), {}],
    ['is no write for a read', 'ok', reserving({ writes: 0 }), { tool: { cost: microUsd(2_000), effect: 'read', attempts: 3 } }],
  ])('%s', (_, code, of, change) => {
    expect(codeOf(of, change)).toBe(code);
  });
});

describe('any change of one field of an action', () => {
  const other: { readonly [Field in keyof Action]: fc.Arbitrary<Action[Field]> } = {
    tenant: fc.constantFrom('evil', 'acme2') as fc.Arbitrary<Tenant>,
    workflow: fc.constantFrom('refund', 'refund-desk-2') as fc.Arbitrary<Workflow>,
    run: fc.constantFrom('run-AAAAAAAAAAAAAAAAAAAAAA', 'run-BBBBBBBBBBBBBBBBBBBBBB') as fc.Arbitrary<RunId>,
    step: fc.constantFrom('refund-2', 'charge') as fc.Arbitrary<StepId>,
    tool: fc.constantFrom('payments.export', 'payments.refund2'),
    toolContractHash: fc.constantFrom('4c'.repeat(32), '5d'.repeat(32)) as fc.Arbitrary<Sha256>,
    args: fc.jsonValue().map((value) => ({ ...SAMPLE.action.args, amount_cents: value === 1200 ? 1201 : value })) as fc.Arbitrary<Action['args']>,
    destination: fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text !== 'payments'),
    idempotencyKey: fc.string({ maxLength: 40 }).filter((text) => text !== SAMPLE.action.idempotencyKey),
    dryRun: fc.constant(true),
  };
  const fields = Object.keys(other) as (keyof Action)[];
  const change = fc.constantFrom(...fields).chain((field) => (other[field] as fc.Arbitrary<unknown>).map((value): Partial<Action> => ({ [field]: value })));

  it('is refused, because the hash is of another action', () => {
    fc.assert(
      fc.property(change, (changed) => {
        const data = { ...plain(grantOf({}, changed).data), actionHash: grant.data.actionHash };
        expect(codeOf({ ...grant, data })).toBe('hash.mismatch');
      }),
    );
  });

  it('is refused though policy hashed it again, because the votes are on another action', () => {
    fc.assert(
      fc.property(change, (changed) => {
        const forged = grantOf({}, changed);
        const { action } = forged.data;
        const moved = { ...forged, tenant: action.tenant, workflow: action.workflow, run: action.run, step: action.step };
        expect(['vote.invalid', 'hash.mismatch']).toContain(codeOf(moved, { toolContractHash: action.toolContractHash }));
        const rekeyed = { ...plain(action), idempotencyKey: idempotencyKeyOf(action.tenant, action.run, action.step) };
        const hashed = { ...moved, data: { ...plain(moved.data), action: rekeyed, actionHash: actionHashOf(rekeyed) } };
        expect(codeOf(hashed, { toolContractHash: action.toolContractHash })).toBe(actionHashOf(rekeyed) === grant.data.actionHash ? 'ok' : 'vote.invalid');
      }),
    );
  });
});

describe('any change of a vote', () => {
  it('is refused, whichever character it is', () => {
    const { value, jws } = vote(bob);
    const at = fc.record({ inValue: fc.boolean(), at: fc.nat(), to: fc.constantFrom('a', 'Z', '0', ' ', '.', '"', '\\', '€') });
    fc.assert(
      fc.property(at, ({ inValue, at: where, to }) => {
        const text = inValue ? value : jws;
        const index = where % text.length;
        fc.pre(text[index] !== to);
        const changed = text.slice(0, index) + to + text.slice(index + 1);
        expect(codeOf(grantOf({ votes: [vote(ada), inValue ? { value: changed, jws } : { value, jws: changed }] }))).not.toBe('ok');
      }),
      { numRuns: 500 },
    );
  });
});

describe('a ballot', () => {
  const check = (of: SignedVote, people: readonly Voter[] = [ada, bob]) => verifyBallot(of, { people });
  const refused = (message: string) => ({ ok: false, code: 'vote.invalid', message: expect.stringContaining(message) });

  it('is read with who cast it', () => {
    expect(check(vote(ada))).toMatchObject({ ok: true, signer: { subject: ada.subject }, ballot: { data: { choice: 'approve', reason: 'checked' } } });
  });

  it('holds in the sample of the catalogue', () => {
    expect(verifyBallot(SAMPLE_VOTE, { people: [{ ...ada, publicKey: SAMPLE_PUBLIC_KEY }] })).toMatchObject({ ok: true, ballot: { data: plain(ballotCastV1.sample) } });
  });

  it('is refused as what it is no event', () => {
    expect(check(signedBy(ada, Buffer.from('{}')))).toEqual(refused('EVENT_NOT_CLOUDEVENT'));
    expect(check(signedBy(ada, encodeEvent(grant)))).toEqual(refused('no ballot'));
  });

  it('is refused with bytes that two readers could read in two ways', () => {
    const twice = Buffer.from(vote(ada).value.replace('"choice":"approve"', '"choice":"deny","choice":"approve"'));
    expect(check(signedBy(ada, twice))).toEqual(refused('canonical'));
    expect(check(signedBy(ada, Buffer.from(`${vote(ada).value} `)))).toEqual(refused('canonical'));
  });

  it('is refused in the name of somebody else', () => {
    expect(check(signedBy(bob, ballotOf(ada)))).toEqual(refused('not of'));
    expect(check(signedBy({ ...bob, publicKey: ada.publicKey }, ballotOf(ada)))).toEqual(refused('not of'));
    expect(check(vote(ada, { voter: bob.subject }))).toEqual(refused('another actor'));
  });

  it('is refused from a person who is not in the directory', () => {
    expect(check(vote(cem))).toMatchObject({ ok: false, code: 'voter.not-entitled' });
  });
});

describe('leave to look at what an action would do', () => {
  const questionOf = (change: Partial<Event<'countersign.approval.required'>['data']> = {}, action: Partial<Action> = {}): Event<'countersign.approval.required'> => {
    const whole: Action = { ...plain(SAMPLE.action), ...action };
    const preview = { aud: 'executor' as const, iat: IAT, exp: IAT + 30, jti: 'look-1', cnf: executorKey };
    return newEvent({ ...place, service: 'policy', type: 'countersign.approval.required', now: (IAT * 1_000) as Instant, data: { ...plain(approvalRequiredV1.sample), action: whole, actionHash: actionHashOf(whole), preview, ...change } });
  };
  const preview = questionOf().data.preview ?? { aud: 'executor' as const, iat: 0, exp: 0, jti: '', cnf: executorKey };
  const codeFor = (of: ReturnType<typeof questionOf>, change: Partial<GrantContext> = {}): GrantFault | 'ok' => {
    const verdict = verifyPreviewGrant(of, { ...context, ...change });
    return verdict.ok ? 'ok' : verdict.code;
  };

  it('is good for its executor, action, tool contract and time', () => {
    expect(codeFor(questionOf())).toBe('ok');
  });

  it.each<[string, GrantFault, ReturnType<typeof questionOf>, Partial<GrantContext>]>([
    ['that was not given', 'audience.wrong', questionOf({ preview: undefined as never }), {}],
    ['for another key', 'key.wrong', questionOf({ preview: { ...plain(preview), cnf: 'eeeeeeeeeeeeeeee' as KeyId } }), {}],
    ['for an action that was changed', 'hash.mismatch', questionOf({ action: { ...plain(SAMPLE.action), args: { charge: 'ch_1', amount_cents: 120_000 } } }), {}],
    ['of another run', 'hash.mismatch', { ...questionOf(), run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId }, {}],
    ['for a tool contract that is not the one here', 'hash.mismatch', questionOf(), { toolContractHash: '4c'.repeat(32) as Sha256 }],
    ['at the second it is over', 'expired', questionOf(), { now: ((IAT + 30) * 1_000) as Instant }],
    ['that lives longer than a grant', 'lifetime.too-long', questionOf({ preview: { ...plain(preview), exp: IAT + 61 } }), {}],
    ['from a clock that is ahead', 'not-yet-valid', questionOf(), { now: (IAT * 1_000 - 5_001) as Instant }],
    ['that rests on controls which are not read yet', 'controls.behind', questionOf(), { controlEpoch: 11 }],
  ])('is none %s', (_, code, of, change) => {
    expect(codeFor(of, change)).toBe(code);
  });
});

describe('a grant for what has come to an end once', () => {
  const word = (change: Partial<Parameters<typeof answerBytes>[0]> = {}, voter: Voter = ada) => {
    const value = answerBytes({ id: 'answer-1', time: timestamp((IAT * 1_000) as Instant), tenant: SAMPLE.action.tenant, workflow: SAMPLE.action.workflow, run: SAMPLE.action.run, by: voter.subject, reason: 'there is no such refund', escalation: 'escalation-1', asked: SAMPLE.fileHash, choice: 'not-done', ...change });
    return { value: value.toString(), jws: signAsPerson(value, voter.privateKey, keyIdOf(voter.publicKey)) };
  };
  const after = (given: ReturnType<typeof word>, escalation = 'escalation-1'): Grant => grantOf({ again: { escalation, word: given } });

  it('rests on the answer of a person of the role', () => expect(codeOf(after(word()))).toBe('ok'));

  it.each([
    ['that was not signed by whom it names', () => after({ ...word(), jws: word({}, bob).jws })],
    ['to another question', () => after(word(), 'escalation-2')],
    ['of another run', () => after(word({ run: runIdOf('acme', 'refund-desk', 'other', 'task') }))],
    ['that says that it was done', () => after(word({ choice: 'done' }))],
    ['that is only a claim', () => after(word({ choice: 'claim' }))],
    ['that is none', () => after({ value: '{}', jws: word().jws })],
  ])('and not on one %s', (_, of) => expect(codeOf(of())).toBe('again.invalid'));

  it('rests on what was said in Slack where the Slack service has signed it, but not that a call was not done', () => {
    const [service, there] = [bob, 'T0ACME/U0ADA'];
    const inSlack = { directory: { people: directory.people.map((person) => (person.subject === ada.subject ? { ...person, slack: there } : person)) }, slackKeys: (key: KeyId) => (key === keyIdOf(service.publicKey) ? service.publicKey : undefined) };
    const via = { slack: { team: 'T0ACME', user: 'U0ADA' } };
    const pressed = (choice: 'resume' | 'not-done') => after(word({ by: ada.subject, via, choice }, service));
    expect(codeOf(pressed('resume'), inSlack)).toBe('ok');
    expect(codeOf(pressed('not-done'), inSlack)).toBe('again.invalid');
    expect(codeOf(pressed('resume'), { ...inSlack, slackKeys: undefined })).toBe('again.invalid');
    expect(codeOf(pressed('resume'), { ...inSlack, directory: { ...inSlack.directory, slackMaxTier: 1 } })).toBe('again.invalid');
  });

  it('and not on one of somebody who is not asked, or for whom the run acts', () => {
    expect(codeOf(after(word()), { answering: ['lead'] })).toBe('again.invalid');
    expect(codeOf(grantOf({ again: { escalation: 'escalation-1', word: word() }, sub: ada.subject, votes: [vote(bob)], quorum: 1 }))).toBe('again.invalid');
  });
});
