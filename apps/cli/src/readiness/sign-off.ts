import { approverOf, authorsFor, type ControlState } from '@countersign/domain';
import { CountersignError, isName } from '@countersign/kernel';
import { localName } from '@countersign/contracts';
import { ballotOf } from '../approvals/ballot.js';
import type { CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { readApprover, readPerson, strangeTo, type SigningPerson } from '../connection/person.js';
import type { Ledger } from '../ledger/ledger-client.js';
import { shortHash, who } from '../terminal/short.js';
import { requireYes } from '../terminal/require-yes.js';
import { metOf, subjectOf, type Facts } from './readiness.js';
import { checklist } from './rows.js';

/** How long the ledger is waited for. */
const PATIENCE_MS = '20000';

/** Whoever is meant, by the whole principal or its last part: one of the two who can sign here. Throws `SIGNER_WRONG`. */
export const signerMeant = (context: CommandContext, as: string | undefined): SigningPerson => {
  const approver = readApprover(context);
  if (as === undefined) return approver;
  const found = [approver, readPerson(context)].find(({ subject }) => subject === as || subject.endsWith(`/${as}`));
  if (!found) throw new CountersignError('SIGNER_WRONG', `\`${as}\` cannot sign here: the key is \`${approver.subject}\`'s`, { hint: 'set COUNTERSIGN_PERSON and COUNTERSIGN_PERSON_KEY_FILE' });
  return found;
};

/** Throws `SIGNER_WRONG` where the signature would count for nobody: a wrong key, a role that the person has not, or the contract of their own. */
export const requireMaySign = (controls: ControlState, { tenant, contract }: Pick<Facts, 'tenant' | 'contract'>, person: SigningPerson, role: string): void => {
  const strange = strangeTo(controls, person);
  if (strange !== undefined) throw new CountersignError('SIGNER_WRONG', strange);
  if (!isName(role) || !approverOf(controls, person.subject)?.roles.includes(role)) throw new CountersignError('SIGNER_WRONG', `\`${person.subject}\` has not the role \`${role}\` in the directory of approvers`);
  if (authorsFor(controls, tenant, contract.document.workflow).includes(person.subject)) throw new CountersignError('SIGNER_WRONG', `\`${person.subject}\` put the contract in force, and signs off nothing under it`);
};

/** Signs off what is met now, for a role. Gives whether it was done: nobody who sits there has to say yes. */
export const signOff = async (context: CommandContext, kafka: Kafka, ledger: Ledger, facts: Facts, person: SigningPerson, { role, reason, yes }: { readonly role: string; readonly reason: string; readonly yes: boolean }): Promise<boolean> => {
  const { terminal, clock } = context;
  requireMaySign(facts.controls, facts, person, role);
  const rows = checklist(facts);
  const subject = subjectOf(facts, rows);
  const met = metOf(rows);
  const of = { tenant: facts.tenant, workflow: facts.contract.document.workflow };
  if (!terminal.json) terminal.message(`${who(person.subject)} signs off ${of.tenant}/${of.workflow} for ${role}: ${met.length} of ${rows.length} rows are met (${met.join(', ')}), state ${shortHash(subject)}`);
  if (!(await requireYes(context, yes, 'sign exactly this?'))) return false;
  const ballot = ballotOf({ type: 'countersign.readiness.signed', data: { role, subject, met, reason }, of, subject: `${role} ${subject}` }, person, clock.now(), kafka);
  const offset = await kafka.broker.append(ballot.target, [ballot.record]);
  const { caughtUp } = await ledger.positions({ atLeast: `${localName(kafka.namespace, ballot.target.topic)}/${ballot.target.partition}/${offset + 1}`, wait: PATIENCE_MS });
  if (!caughtUp) throw new CountersignError('TIMED_OUT', `it is on the log (ballots/${ballot.target.partition}/${offset}), and the ledger has not read it yet`, { retry: 'later', hint: 'look again in a minute' });
  return true;
};
