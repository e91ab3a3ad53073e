import { randomUUID } from 'node:crypto';
import { authorsFor, MAX_DELEGATION, type ControlState } from '@countersign/domain';
import { CountersignError, deterministicId, timestamp, type Instant } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { typedTime } from '../terminal/option-values.js';
import { shortId, who } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { asApprover } from './as-approver.js';
import { typedPerson } from './typed-person.js';

export interface DelegateOptions {
  readonly to?: string;
  readonly away?: boolean;
  readonly from?: string;
  readonly until: string;
  readonly role?: readonly string[];
  readonly workflow?: readonly string[];
}

/** Throws `USAGE`, for an age too: who stands in does so from now on, or later. */
const dayOrTime = (name: string, text: string): Instant => {
  const at = typedTime(text);
  if (at === undefined) throw new CountersignError('USAGE', `\`${name}\` takes a day or a time, not \`${text}\``, { hint: 'such as `2026-08-01` or `2026-08-01T09:00:00Z`' });
  return at;
};

/** Every workflow in force, or those that were typed as `tenant/workflow`. Throws `NOT_FOUND`. */
const workflowsOf = ({ active }: ControlState, typed: readonly string[] | undefined): readonly { readonly tenant: string; readonly workflow: string }[] => {
  const all = (active?.contracts ?? []).flatMap(({ document }) => document.tenants.map((tenant) => ({ tenant, workflow: document.workflow })));
  const wanted = typed ? all.filter(({ tenant, workflow }) => typed.includes(`${tenant}/${workflow}`)) : all;
  if (wanted.length === 0 || wanted.length < new Set(typed ?? []).size) {
    throw new CountersignError('NOT_FOUND', 'there is no such workflow in force', { hint: `in force are ${all.map(({ tenant, workflow }) => `${tenant}/${workflow}`).join(', ') || 'none'}` });
  }
  return wanted;
};

/** Lets somebody vote in one's place for a while, or says that one is away. One signed word for each workflow: votes of a workflow and what they rest on are in one order. */
export const delegate: Action<DelegateOptions> = async (context, { options }) => {
  const { terminal, clock } = context;
  if ((options.to === undefined) === (options.away !== true)) throw new CountersignError('USAGE', 'name who stands in with `--to`, or say `--away`: one of the two');
  const view = viewOf(context);
  await asApprover(context, async ({ controls, say }) => {
    const to = options.to === undefined ? undefined : typedPerson(options.to, controls);
    const from = options.from === undefined ? clock.now() : dayOrTime('--from', options.from);
    const until = dayOrTime('--until', options.until);
    if (until <= from || until - from > MAX_DELEGATION) throw new CountersignError('USAGE', '`--until` has to be after `--from`, by 60 days at most');
    const given: { readonly id: string; readonly tenant: string; readonly workflow: string }[] = [];
    for (const of of workflowsOf(controls, options.workflow)) {
      const delegation = deterministicId('delegation', randomUUID());
      const data = { delegation, ...(to !== undefined && { to }), roles: [...(options.role ?? [])], from: timestamp(from), until: timestamp(until) };
      await say({ type: 'countersign.delegation.given', data, of, subject: delegation }, `\`${view.command('approvals standing')}\` shows whether it is`);
      given.push({ id: delegation, ...of });
      if (to !== undefined && authorsFor(controls, of.tenant, of.workflow).includes(to)) terminal.message(`${who(to)} put the contract of ${of.tenant}/${of.workflow} in force, and does not vote there`);
    }
    terminal.result(
      () => given.map(({ id, tenant, workflow }) => `${shortId(id)}  ${tenant}/${workflow}: ${to === undefined ? 'you are away' : `${who(to)} votes in your place`} until ${timestamp(until)}`).join('\n'),
      () => ({ delegations: given, ...(to !== undefined && { to }), from: timestamp(from), until: timestamp(until) }),
    );
  });
};
