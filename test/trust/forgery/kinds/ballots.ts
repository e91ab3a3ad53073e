import type { NewRecord } from '@countersign/bus';
import { signerOf } from '@countersign/identity';
import type { ErrorCode } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { APPROVERS, jwsOf, KEYS, personRecord, ROOT_PEOPLE, STRANGER } from '../desk.ts';
import { ballotOn, HOME, keyOf, slackVoteOf, somebody, type Grant } from '../grants.ts';
import { inTurn, letters, times, type Kind } from '../kind.ts';
import { seal } from '../writer.ts';
import { lookAlike } from './grants.ts';

/** What somebody with the password of the people's command line can write to `ballots`, without a key of the person who is to have voted. */

const kind = (what: string, codes: readonly ErrorCode[], forge: (grant: Grant, random: Random, index: number) => NewRecord): Kind => ({
  what,
  refusal: letters(['approvals', 'ledger'], ...codes),
  forge: ({ grants, random, count }) => ({ local: 'ballots', partition: HOME, records: times(count, (index) => forge(inTurn(grants, index), random, index)) }),
});
/** Approvals refuses them; what the ledger keeps apart is told by an alarm alone, for its reader takes ballots unverified. */
const byApprovals = (what: string, codes: readonly ErrorCode[], forge: Parameters<typeof kind>[2]): Kind => ({ ...kind(what, codes, forge), refusal: letters(['approvals'], ...codes) });
const rewritten = (grant: Grant, change: (text: string) => string): Buffer => Buffer.from(change(String(ballotOn(grant, APPROVERS.ada.subject))));

export const BALLOTS: readonly Kind[] = [
  kind('a ballot without a signature', ['SIGNATURE_MISSING'], (grant, random) => personRecord(ballotOn(grant, random.pick([APPROVERS.ada, APPROVERS.grace]).subject), undefined, keyOf(grant))),
  kind('a ballot that a service has signed', ['SIGNATURE_MISSING'], (grant, _random, index) => inTurn(seal({ local: 'ballots', partition: HOME, epoch: '-', firstSeq: index, signer: signerOf('approvals', KEYS.approvals.key) }, [{ key: keyOf(grant), value: ballotOn(grant, APPROVERS.ada.subject) }]), 0)),
  byApprovals('a ballot that somebody else has signed', ['VOTE_INVALID'], (grant, random) => {
    const value = ballotOn(grant, APPROVERS.ada.subject);
    return personRecord(value, jwsOf(value, [random.pick([APPROVERS.grace, APPROVERS.cem, STRANGER, ROOT_PEOPLE.olga])]), keyOf(grant));
  }),
  byApprovals('a ballot of Slack for another user than the directory names, of another service’s key, or with a step-up', ['VOTE_INVALID'], (grant, random, index) => {
    const vote = random.pick([
      () => slackVoteOf(grant, APPROVERS.ada, `U0X${index}`),
      () => slackVoteOf(grant, APPROVERS.ada, 'U0ADA', { reason: `${index}` }, random.pick([KEYS.policy, KEYS.approvals, KEYS.executor])),
      () => slackVoteOf(grant, APPROVERS.ada, 'U0ADA', { stepUp: 'typed', reason: `${index}` }),
    ])();
    return personRecord(Buffer.from(vote.value), vote.jws, keyOf(grant));
  }),
  byApprovals('a ballot of somebody whom the directory does not know', ['VOTE_INVALID'], (grant, _random, index) => {
    const value = ballotOn(grant, somebody(index));
    return personRecord(value, jwsOf(value, [STRANGER]), keyOf(grant));
  }),
  byApprovals('a ballot that was altered after it was signed', ['VOTE_INVALID'], (grant, random, index) => {
    const value = ballotOn(grant, APPROVERS.ada.subject);
    return personRecord(Buffer.from(String(value).replace('"checked ', `"checked ${index} `)), jwsOf(value, [random.pick([APPROVERS.ada])]), keyOf(grant));
  }),
  byApprovals('a ballot in the name of another actor than its voter', ['VOTE_INVALID'], (grant, random) => {
    const value = rewritten(grant, (text) => text.replace(`"actor":"${APPROVERS.ada.subject}"`, `"actor":"${random.pick([APPROVERS.grace, STRANGER]).subject}"`));
    return personRecord(value, jwsOf(value, [APPROVERS.ada]), keyOf(grant));
  }),
  kind('a ballot of a name that looks like an approver’s, or of two spellings', ['EVENT_INVALID', 'JSON_INVALID', 'VOTE_INVALID'], (grant, random) => {
    const value = rewritten(grant, (text) => random.pick([() => text.replaceAll(APPROVERS.ada.subject, lookAlike(APPROVERS.ada.subject, random)), () => text.replace('"choice":', '"choice":"deny","choice":'), () => `${text} `])());
    return personRecord(value, jwsOf(value, [APPROVERS.ada]), keyOf(grant));
  }),
  kind('a ballot that has the votes behind it wait for a cause which will never come', ['EVENT_INVALID'], (grant, random) => {
    const value = rewritten(grant, (text) => text.replace('"causes":""', `"causes":"x@decisions/${random.between(1_000_000, 9_000_000)}#${'0'.repeat(64)}"`));
    return personRecord(value, jwsOf(value, [APPROVERS.ada]), keyOf(grant));
  }),
];
