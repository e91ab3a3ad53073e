import { toolNamed } from '@countersign/domain';
import { rawEncryptionKeyOf, sealGrantToken } from '@countersign/identity';
import { deterministicId, type StepId, type Tenant } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { APPROVERS, KEYS, RETIRED, UNANNOUNCED } from '../desk.ts';
import { controlsOf, HOME, unsigned, voteOf, withAction, withData, type Grant } from '../grants.ts';
import { inTurn, refusedFor, type Kind, type Workshop } from '../kind.ts';

/** What somebody with policy's password and key can do with the token of a grant, which the executor would show to another system. */

const SEALED = { signingKey: KEYS.policy.key, encryptionKey: rawEncryptionKeyOf(KEYS.executor.key) };

/** As valid as the grant, for a tool that takes a token; without one. */
const exchanging = ({ world }: Workshop, grant: Grant): Grant => {
  const tool = toolNamed(controlsOf(world), 'desk.exchanged');
  if (!tool) throw new Error('the tool is not in force');
  const bare = withAction(grant, { tool: tool.document.id, toolContractHash: tool.hash, destination: tool.document.connection, args: { charge_id: String(grant.data.action.args['charge_id']) } });
  return withData(bare, { votes: [voteOf(bare, APPROVERS.ada), voteOf(bare, APPROVERS.grace)] });
};

type Forge = (grant: Grant, random: Random, another: Grant) => Promise<string | undefined>;

const kind = (what: string, code: string, forge: Forge): Kind => ({
  what,
  refusal: refusedFor(code),
  forge: async (workshop) => {
    const bases = workshop.grants.map((grant) => exchanging(workshop, grant));
    const grants: Grant[] = [];
    for (let index = 0; index < workshop.count; index += 1) {
      // Each is told apart by its id, which is not used before.
      const grant = withData(inTurn(bases, index), { jti: deterministicId('token', workshop.random.next(), index) });
      const credential = await forge(grant, workshop.random, inTurn(bases, index + 1));
      grants.push(credential === undefined ? grant : withData(grant, { credential }));
    }
    return { local: 'decisions', partition: HOME, records: workshop.policy.next(HOME, grants.map(unsigned)) };
  },
});

const flipped = (text: string, random: Random): string => {
  const where = random.between(0, text.length - 1);
  if (text[where] === '.') return flipped(text, random);
  return text.slice(0, where) + (text[where] === 'x' ? 'y' : 'x') + text.slice(where + 1);
};

export const TOKENS: readonly Kind[] = [
  kind('a grant without the token that its tool takes', 'token.missing', () => Promise.resolve(undefined)),
  kind('the token of another grant', 'token.differs', (_grant, _random, another) => sealGrantToken(another.data, SEALED)),
  kind('the token of another grant for the same action', 'token.differs', (grant, random) => sealGrantToken({ ...grant.data, jti: deterministicId('earlier', random.next()) }, SEALED)),
  kind('a token that has run out', 'token.expired', (grant, random) => {
    const past = random.between(61, 90 * 86_400);
    return sealGrantToken({ ...grant.data, iat: grant.data.iat - past, exp: grant.data.exp - past }, SEALED);
  }),
  kind('a token that lives longer than its grant', 'token.differs', (grant, random) => sealGrantToken({ ...grant.data, exp: grant.data.exp + random.between(1, 86_400) }, SEALED)),
  kind('a token for another tenant, tool, step or subject', 'token.differs', (grant, random) => {
    const { action } = grant.data;
    const other = random.pick([{ action: { ...action, tenant: 'globex' as Tenant } }, { action: { ...action, tool: `desk.other-${random.between(1, 999)}` } }, { action: { ...action, step: `s${random.between(1, 999)}` as StepId } }, { sub: APPROVERS.cem.subject }, { action: { ...action, destination: `other-${random.between(1, 999)}` } }]);
    return sealGrantToken({ ...grant.data, ...other }, SEALED);
  }),
  kind('a token that another key has signed', 'token.unreadable', (grant, random) => sealGrantToken(grant.data, { ...SEALED, signingKey: random.pick([KEYS.planner.key, KEYS.executor.key, RETIRED.key, UNANNOUNCED.key]) })),
  kind('a token that the executor cannot read', 'token.unreadable', (grant, random) => sealGrantToken(grant.data, { ...SEALED, encryptionKey: rawEncryptionKeyOf(random.pick([KEYS.policy.key, UNANNOUNCED.key])) })),
  kind('a token of which one character is another one', 'token.unreadable', async (grant, random) => flipped(await sealGrantToken(grant.data, SEALED), random)),
];
