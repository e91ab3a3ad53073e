import { CountersignError } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { filesOf, readControlLog, type Proposal } from '../controls/control-log.js';
import { republishControl, requireRole } from '../controls/publish-controls.js';
import { EXIT } from '../exit-codes.js';
import { requireYes } from '../terminal/require-yes.js';
import { shortHash, who } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import type { ApplyOptions } from './apply.js';
import { planChange } from './change-plan.js';
import { planObject, planText } from './plan-text.js';
import { possibleObject, possibleText, possibleWith } from './possible.js';
import { tellStanding } from './standing.js';

/** The proposal that a person means: the only one, or the one whose hash begins so. */
export const proposalOf = (proposals: readonly Proposal[], id: string | undefined): Proposal => {
  if (proposals.length === 0) throw new CountersignError('NOT_FOUND', 'no change of the configuration waits for signatures');
  const found = id === undefined ? proposals : proposals.filter(({ hash }) => hash.startsWith(id.toLowerCase()));
  const [proposal] = found;
  if (!proposal) throw new CountersignError('NOT_FOUND', `no change that waits begins with \`${id}\``, { hint: `these wait: ${proposals.map(({ hash }) => shortHash(hash)).join(', ')}` });
  if (found.length > 1) {
    const hint = `name one: ${found.map(({ hash, by, at }) => `${shortHash(hash)} by ${who(by)} at ${at}`).join(', ')}`;
    throw new CountersignError('USAGE', `${found.length} changes wait for signatures`, { hint });
  }
  return proposal;
};

/** Adds this person's signature to a change that waits, after its diff was shown. */
export const signConfig: Action<ApplyOptions> = async (context, { args: [id], options }) => {
  const person = readPerson(context);
  const root = readRoot(context);
  return withKafka(context, async ({ broker, namespace }) => {
    const log = await readControlLog(broker, namespace, root);
    const proposal = proposalOf(log.proposals, id);
    requireRole(root, person, ['countersign.config.activated']);
    if (proposal.signers.includes(person.subject)) {
      throw new CountersignError('SIGNER_WRONG', `\`${person.subject}\` has signed this already, and each person counts once`, { hint: `it takes ${root.quorum.admin} admins` });
    }
    const { terminal } = context;
    const view = viewOf(context);
    const files = filesOf(proposal, log.published);
    const plan = planChange(filesOf(log.manifests.at(-1), log.published), files, log.published);
    const possible = possibleWith(log, files);
    if (!terminal.json) terminal.message(`version ${proposal.version}, ${shortHash(proposal.hash)}, by ${who(proposal.by)}\n${planText(plan, view)}\n${possibleText(possible, view)}`);
    if (!(await requireYes(context, options.yes === true, 'sign this?'))) return EXIT.error;
    await republishControl(broker, namespace, proposal.value, [...proposal.signatures, person.sign(proposal.value)]);
    const after = await readControlLog(broker, namespace, root);
    return tellStanding(context, { root, after, version: proposal.version, hash: proposal.hash, previous: log.manifests.at(-1)?.version }, { ...planObject(plan), ...possibleObject(possible) });
  });
};
