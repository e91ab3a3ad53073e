import { CountersignError } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { catchUp } from '../ledger/catch-up.js';
import { theOne } from '../ledger/find-by-prefix.js';
import { openLedger } from '../ledger/ledger-client.js';
import type { StandingView } from '../ledger/shapes.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId, who } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf, type View } from '../terminal/view.js';
import { relative } from '../terminal/when.js';
import { asApprover } from './as-approver.js';

/** What the ledger gives in one answer at most. */
const MOST = '500';

const whatOf = ({ kind, standIn, roles, tools, tier, run, name }: StandingView): string => {
  if (kind === 'consent') return `${oneLine(JSON.stringify(name ?? ''))}: ${(tools ?? []).map(oneLine).join(', ')} up to tier ${tier ?? 0} in ${shortId(run ?? '')}`;
  return standIn === undefined ? 'is away' : `${who(standIn)} stands in${roles && roles.length > 0 ? ` as ${roles.map(oneLine).join(', ')}` : ''}`;
};

export const standingTable = (standing: readonly StandingView[], { colors, now, width }: View): string =>
  table(
    ['ID', 'WHO', 'WHAT', 'WORKFLOW', 'BEGINS', 'ENDS'].map((title) => colors.bold(title)),
    standing.map((one) => [shortId(one.id), who(one.person), whatOf(one), oneLine(`${one.tenant}/${one.workflow}`), relative(one.beginsAt, now), relative(one.endsAt, now)]),
    width,
  );

/** Delegations, absences and consents that count now or later. */
export const listStanding: Action<{ readonly tenant?: string }> = async (context, { options: { tenant } }) => {
  const { standing } = await openLedger(context).standing({ tenant, limit: MOST });
  const { terminal } = context;
  if (standing.length === 0 && !terminal.json) {
    terminal.message('nobody is away, and nobody has said yes beforehand');
    return;
  }
  terminal.result(
    () => standingTable(standing, viewOf(context)),
    () => ({ standing }),
  );
};

/** Takes delegations and consents of one's own back. */
export const withdrawStanding: Action = async (context, { args }) => {
  const { terminal } = context;
  const view = viewOf(context);
  await asApprover(context, async ({ kafka, person, say }) => {
    const ledger = openLedger(context);
    await catchUp(kafka, ledger, 'approvals');
    const { standing } = await ledger.standing({ limit: MOST });
    const meant = args.map((typed) =>
      theOne({ kind: 'delegation or consent', typed, found: standing.filter(({ id }) => id.startsWith(typed)), describe: (one) => `${one.id}  ${whatOf(one)}`, hint: `\`${view.command('approvals standing')}\` shows them` }),
    );
    const others = meant.find((one) => one.person !== person.subject);
    if (others) throw new CountersignError('VOTE_INVALID', `\`${shortId(others.id)}\` is of ${who(others.person)}, and only they take it back`);
    for (const { id, tenant, workflow } of meant) {
      await say({ type: 'countersign.standing.withdrawn', data: { standing: id }, of: { tenant, workflow }, subject: id }, `\`${view.command('approvals standing')}\` shows whether it is`);
    }
    terminal.result(
      () => meant.map(({ id }) => `${shortId(id)} counts no more`).join('\n'),
      () => ({ withdrawn: meant.map(({ id }) => id) }),
    );
  });
};
