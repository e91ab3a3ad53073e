import type { Action } from '@countersign/contracts';
import { toolNamed, type Pinned, type ToolContract } from '@countersign/domain';
import { rawEncryptionKeyOf, sealGrantToken } from '@countersign/identity';
import { deterministicId, type StepId } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { APPROVERS, KEYS, RETIRED, UNANNOUNCED } from '../desk.ts';
import { controlsOf, HOME, tenantBeside, unsigned, voteOf, withAction, withData, type Grant } from '../grants.ts';
import { inTurn, refusedFor, type Kind } from '../kind.ts';

/** What somebody with policy's password and key can do with the token of a grant, which the executor would show to another system. */

const SEALED = { signingKey: KEYS.policy.key, encryptionKey: rawEncryptionKeyOf(KEYS.executor.key) };

/** The token of a grant that says something else. */
const sealing = ({ data }: Grant, change: Partial<Grant['data']>): Promise<string> => sealGrantToken(Object.assign({}, data, change), SEALED);

/** As valid as the grant, for a tool that takes a token; without one. */
const exchanging = (tool: Pinned<ToolContract>, grant: Grant): Grant => {
  const bare = withAction(grant, { tool: tool.document.id, toolContractHash: tool.hash, destination: tool.document.connection, args: { charge_id: grant.data.action.args['charge_id'] ?? '' } });
  return withData(bare, { votes: [voteOf(bare, APPROVERS.ada), voteOf(bare, APPROVERS.grace)] });
};

/** Enough that a token can be that of another one. */
const BASES = 100;

type Forge = (grant: Grant, random: Random, another: Grant) => Promise<string | undefined>;

const kind = (what: string, code: string, forge: Forge): Kind => ({
  what,
  refusal: refusedFor(code),
  forge: async (workshop) => {
    const tool = toolNamed(controlsOf(workshop.world), 'desk.exchanged');
    if (!tool) throw new Error('the tool is not in force');
    const bases = workshop.grants.slice(0, BASES).map((grant) => exchanging(tool, grant));
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
  kind('the token of another grant for the same action', 'token.differs', (grant, random) => sealing(grant, { jti: deterministicId('earlier', random.next()) })),
  kind('a token that has run out', 'token.expired', (grant, random) => {
    const past = random.between(61, 90 * 86_400);
    return sealing(grant, { iat: grant.data.iat - past, exp: grant.data.exp - past });
  }),
  kind('a token that lives longer than its grant', 'token.differs', (grant, random) => sealing(grant, { exp: grant.data.exp + random.between(1, 86_400) })),
  kind('a token for another tenant, tool, step or subject', 'token.differs', (grant, random) => {
    const another = (change: Partial<Action>) => ({ action: Object.assign({}, grant.data.action, change) });
    const other = [another({ tenant: tenantBeside(grant) }), another({ tool: `desk.other-${random.between(1, 999)}` }), another({ step: `s${random.between(1, 999)}` as StepId }), another({ destination: `other-${random.between(1, 999)}` }), { sub: APPROVERS.cem.subject }] as const;
    return sealing(grant, random.pick(other));
  }),
  kind('a token that another key has signed', 'token.unreadable', (grant, random) => sealGrantToken(grant.data, { ...SEALED, signingKey: random.pick([KEYS.planner.key, KEYS.executor.key, RETIRED.key, UNANNOUNCED.key]) })),
  kind('a token that the executor cannot read', 'token.unreadable', (grant, random) => sealGrantToken(grant.data, { ...SEALED, encryptionKey: rawEncryptionKeyOf(random.pick([KEYS.policy.key, UNANNOUNCED.key])) })),
  kind('a token of which one character is another one', 'token.unreadable', async (grant, random) => flipped(await sealGrantToken(grant.data, SEALED), random)),
];
