import type { Action, SignedVote } from '@countersign/contracts';
import { deterministicId, microUsd, sha256, type JsonObject, type KeyId, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { APPROVERS, jwsOf, KEYS, ROOT_PEOPLE, STRANGER } from '../desk.ts';
import { ballotOn, HOME, slackVoteOf, somebody, tenantBeside, unsigned, voteOf, withAction, withData, type BallotChange, type Grant } from '../grants.ts';
import { inTurn, refusedFor, times, type Kind, type Workshop } from '../kind.ts';

/** What somebody with policy's password and key can write: the executor looks at each grant by itself. */

type Change = (grant: Grant, random: Random, index: number) => Grant;

const made = (change: Change) => ({ policy, grants, random, count }: Workshop) => ({ local: 'decisions', partition: HOME, records: policy.next(HOME, times(count, (index) => unsigned(change(inTurn(grants, index), random, index)))) });
const kind = (what: string, codes: readonly string[], change: Change): Kind => ({ what, refusal: refusedFor(...codes), forge: made(change) });

/** After policy has granted all of it, and the executor has done it. */
const afterUse = (what: string, change: Change, then: (workshop: Workshop) => Promise<void> = () => Promise.resolve()): Kind => ({
  what,
  refusal: refusedFor('used'),
  forge: async (workshop) => {
    await workshop.carryOut(workshop.grants);
    await then(workshop);
    return made(change)(workshop);
  },
});

const args = (grant: Grant, change: JsonObject): JsonObject => ({ ...grant.data.action.args, ...change });
/** Another action under the old hash. */
const under = (grant: Grant, change: Partial<Action>): Grant => withData(grant, { action: Object.assign({}, grant.data.action, change) });
const votes = (grant: Grant, second: SignedVote): Grant => withData(grant, { votes: [...grant.data.votes.slice(0, 1), second] });
const otherRun = (random: Random): RunId => `run-${deterministicId('other', random.next())}` as RunId;
const flipped = (text: string, random: Random): string => {
  const where = random.between(0, text.length - 1);
  return text.slice(0, where) + (text[where] === 'x' ? 'y' : 'x') + text.slice(where + 1);
};

const SIMILAR: readonly [(text: string) => string, ...((text: string) => string)[]] = [
  (text) => text.replace('a', 'а'), (text) => text.replace('e', 'е'), (text) => text.replace('o', 'ο'), (text) => text.replace(/[a-z]/g, (plain) => String.fromCodePoint((plain.codePointAt(0) ?? 0) + 0xfee0)),
  (text) => `${text}\u200b`, (text) => `\u202e${text}`, (text) => text.toUpperCase(), (text) => text.replace(/([aeo])/, '$1\u0301'), (text) => `${text} `,
];

/** What looks like a text and is another one. */
export const lookAlike = (text: string, random: Random): string => {
  for (;;) {
    const similar = random.pick(SIMILAR)(text);
    if (similar !== text) return similar;
  }
};

export const GRANTS: readonly Kind[] = [
  kind('an altered argument under the hash of the old ones', ['hash.mismatch'], (grant, random) => under(grant, { args: args(grant, { amount_cents: random.between(10_000, 99_999_999) }) })),
  kind('an argument in another normal form of Unicode', ['hash.mismatch'], (grant, random) => under(grant, { args: args(grant, { reason: (grant.data.action.args['reason'] as string).normalize('NFD') + '\u0301'.repeat(random.between(0, 30)) }) })),
  kind('an argument `__proto__`, or another that means something to JavaScript', ['hash.mismatch'], (grant, random) => under(grant, { args: JSON.parse(`{"${random.pick(['__proto__', 'constructor', 'prototype', 'toString'])}":{"amount_cents":${random.between(1, 999)}},${JSON.stringify(grant.data.action.args).slice(1)}`) as JsonObject })),
  kind('an altered argument that was hashed again, with the votes on the old ones', ['vote.invalid'], (grant, random) => withAction(grant, { args: args(grant, { amount_cents: random.between(10_000, 99_999_999) }) })),
  kind('an action of another tenant', ['hash.mismatch'], (grant, random) => withAction(grant, { tenant: random.pick([tenantBeside(grant), 'acme2', `t${random.between(1, 999)}`]) as Tenant })),
  kind('an action of another workflow, run or step', ['hash.mismatch'], (grant, random) => withAction(grant, random.pick<Partial<Action>>([{ workflow: 'other' as Workflow }, { run: otherRun(random) }, { step: `s${random.between(1, 999)}` as StepId }]))),
  kind('an event of another run than its action, with the votes on the first', ['hash.mismatch'], (grant, random) => ({ ...grant, run: otherRun(random) })),
  kind('an idempotency key of its own', ['hash.mismatch'], (grant, random) => withAction(grant, { idempotencyKey: deterministicId('own', random.next()) })),
  kind('another version of the tool contract, or one that is not there', ['hash.mismatch'], (grant, random) => withAction(grant, { toolContractHash: sha256(String(random.next())) })),
  kind('another tool than its contract is of', ['tool.unknown', 'vote.invalid'], (grant, random) => withAction(grant, { tool: random.pick(['payments.refund', 'desk.ask', 'desk.none']) })),
  kind('a tool, or a destination, that only looks like another one', ['vote.invalid', 'tool.unknown'], (grant, random) => withAction(grant, random.pick([{ tool: random.pick(['desk.tw0', 'desks.two', 'desk.two-2', `desk.two${random.between(1, 999)}`]) }, { destination: lookAlike(grant.data.action.destination, random) }]))),
  kind('a dry run for which people voted, done in earnest', ['vote.invalid'], (grant, random) => withAction(grant, { dryRun: true, args: args(grant, { amount_cents: random.between(1, 99) }) })),
  kind('a vote taken away', ['quorum.not-met'], (grant, random) => withData(grant, { votes: [inTurn(grant.data.votes, random.between(0, 1))] })),
  kind('every vote taken away', ['votes.missing'], (grant, random) => withData(grant, { votes: [], quorum: random.between(0, 9) })),
  kind('the approval taken away, and its votes left', ['votes.missing'], (grant, random) => { const { approval: _approval, ...data } = grant.data; return { ...grant, data: { ...data, quorum: random.between(0, 2), roles: random.pick([[], ['finance']]) } }; }),
  kind('a vote of whom the action is done for', ['voter.is-subject'], (grant, random) => withData(grant, { sub: random.pick([APPROVERS.ada, APPROVERS.grace]).subject })),
  kind('a vote of who acts', ['voter.is-subject'], (grant, random) => withData(grant, { act: random.pick([APPROVERS.ada, APPROVERS.grace]).subject })),
  kind('one voter twice', ['voter.duplicate'], (grant, _random, index) => votes(grant, voteOf(grant, APPROVERS.ada, { reason: `again ${index}` }))),
  kind('a voter whom the directory does not know', ['voter.not-entitled'], (grant, random, index) => votes(grant, voteOf(grant, random.pick([STRANGER, ROOT_PEOPLE.max, { ...STRANGER, subject: somebody(index) }])))),
  kind('a voter with none of the roles', ['voter.not-entitled'], (grant, random) => withData(grant, { roles: [`legal-${random.between(1, 999)}`] })),
  kind('a voter whose name looks like an approver’s', ['vote.invalid', 'voter.not-entitled'], (grant, random) => {
    const value = String(ballotOn(grant, APPROVERS.grace.subject)).replaceAll(APPROVERS.grace.subject, lookAlike(APPROVERS.grace.subject, random));
    return votes(grant, { value, jws: jwsOf(Buffer.from(value), [APPROVERS.grace]) });
  }),
  kind('a vote that somebody else signed', ['vote.invalid'], (grant, random) => votes(grant, { value: voteOf(grant, APPROVERS.grace).value, jws: jwsOf(ballotOn(grant, APPROVERS.grace.subject), [random.pick([STRANGER, APPROVERS.cem, APPROVERS.ada])]) })),
  kind('a vote of which one character is another one', ['vote.invalid', 'voter.not-entitled'], (grant, random) => {
    const vote = voteOf(grant, APPROVERS.grace);
    return votes(grant, random.pick([{ value: flipped(vote.value, random), jws: vote.jws }, { value: vote.value, jws: flipped(vote.jws, random) }]));
  }),
  kind('a vote of two meanings, signed as such', ['vote.invalid'], (grant, random) => {
    const value = String(ballotOn(grant, APPROVERS.grace.subject)).replace('"choice":"approve"', random.pick(['"choice":"deny","choice":"approve"', '"choice": "approve"', '"choice":"\\u0061pprove"']));
    return votes(grant, { value, jws: jwsOf(Buffer.from(value), [APPROVERS.grace]) });
  }),
  kind('a vote that the Slack service signed for another user than the directory names, or for nobody of it', ['voter.not-entitled'], (grant, random, index) => votes(grant, random.pick([() => slackVoteOf(grant, APPROVERS.grace, `U0X${index}`), () => slackVoteOf(grant, { ...STRANGER, subject: somebody(index) }, 'U0GRACE')])())),
  kind('a vote of Slack that another service has signed, or with a step-up, or in the place of somebody', ['vote.invalid'], (grant, random, index) =>
    votes(grant, random.pick([() => slackVoteOf(grant, APPROVERS.grace, 'U0GRACE', { reason: `${index}` }, random.pick([KEYS.policy, KEYS.approvals, KEYS.executor])), () => slackVoteOf(grant, APPROVERS.grace, 'U0GRACE', { stepUp: 'typed', reason: `${index}` }), () => slackVoteOf(grant, APPROVERS.grace, 'U0GRACE', { onBehalfOf: APPROVERS.cem.subject, reason: `${index}` })])())),
  kind('votes of Slack for what takes a person’s own key', ['vote.in-slack'], (grant, _random, index) => withData(grant, { tier: 4, votes: [slackVoteOf(grant, APPROVERS.ada, 'U0ADA', { reason: `a ${index}` }), slackVoteOf(grant, APPROVERS.grace, 'U0GRACE', { reason: `g ${index}` })] })),
  kind('a vote that says no', ['vote.invalid'], (grant, _random, index) => votes(grant, voteOf(grant, APPROVERS.grace, { choice: 'deny', reason: `no ${index}` }))),
  kind('a vote on another approval, action, run or tenant', ['vote.invalid'], (grant, random, index) =>
    votes(grant, voteOf(grant, APPROVERS.grace, random.pick<BallotChange>([{ approval: `other-${index}` }, { actionHash: sha256(String(index)) }, { run: otherRun(random) }, { tenant: tenantBeside(grant) }])))),
  kind('a vote on what was shown of another action, or on nothing that was shown', ['vote.invalid'], (grant, random, index) => {
    const [named, other] = [sha256(`shown ${index}`), sha256(`shown of another ${index}`)];
    return random.pick([votes(grant, voteOf(grant, APPROVERS.grace, { previewHash: other })), withData(grant, { previewHash: named }), withData(grant, { previewHash: named, votes: [voteOf(grant, APPROVERS.ada, { previewHash: named }), voteOf(grant, APPROVERS.grace, { previewHash: other })] })]);
  }),
  kind('a preview that the executor did not make for the approval, with votes on it', ['preview.differs'], (grant, _random, index) => {
    const previewHash = sha256(`never shown ${index}`);
    return withData(grant, { previewHash, votes: [voteOf(grant, APPROVERS.ada, { previewHash }), voteOf(grant, APPROVERS.grace, { previewHash })] });
  }),
  kind('leave to look at what an action would do, used to do it', ['votes.missing', 'audience.wrong', 'quorum.not-met'], (grant, random, index) => withData(grant, { votes: [], jti: deterministicId('preview', grant.data.jti, index), exp: grant.data.iat + 30, quorum: random.between(0, 2) })),
  kind('a grant that reserves no call, or less than the tool costs', ['reservation.missing', 'reservation.too-small'], (grant, random) => withData(grant, { reservation: Object.assign({}, grant.data.reservation, random.pick<Partial<Grant['data']['reservation']>>([{ toolCalls: 0 }, { writes: 0 }, { microUsd: microUsd(random.between(0, 100)) }])) })),
  kind('a grant that has run out', ['expired'], (grant, random) => { const past = random.between(60, 90 * 86_400); return withData(grant, { iat: grant.data.iat - past - 1, exp: grant.data.exp - past - 1 }); }),
  kind('a grant from the future', ['not-yet-valid'], (grant, random) => { const ahead = random.between(120, 90 * 86_400); return withData(grant, { iat: grant.data.iat + ahead, exp: grant.data.exp + ahead }); }),
  kind('a grant that lives longer than a grant may', ['lifetime.too-long'], (grant, random) => withData(grant, { exp: grant.data.iat + 60 + random.between(1, 90 * 86_400) })),
  kind('a grant for another executor', ['key.wrong'], (grant, random) => withData(grant, { cnf: sha256(String(random.next())).slice(0, 16) as KeyId })),
  kind('a grant that rests on controls which nobody has signed yet', ['controls.behind'], (grant, random) => withData(grant, { controlEpoch: grant.data.controlEpoch + random.between(1_000_000, 2_000_000) })),
  afterUse('a grant that was used, signed anew in another place', (grant, random) => withData(grant, { rules: [`again-${random.between(1, 9_999)}`] })),
  afterUse('a grant that was used before the executor was started again', (grant) => grant, ({ world }) => world.startExecutor()),
  afterUse('another grant for a step that has come to its end', (grant, _random, index) => withData(grant, { jti: deterministicId('another', grant.data.jti, index) })),
];
