import { randomUUID } from 'node:crypto';
import { MAX_CONSENT, toolNamed } from '@countersign/domain';
import { CountersignError, deterministicId, timestamp, type Instant } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { openLedger } from '../ledger/ledger-client.js';
import { findRun } from '../runs/find-run.js';
import { countOption, durationOption } from '../terminal/option-values.js';
import { requireYes } from '../terminal/require-yes.js';
import { operand, shortId } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { asApprover } from './as-approver.js';

export interface ConsentOptions {
  readonly name: string;
  readonly for: string;
  readonly tool: readonly string[];
  readonly upToTier: string;
  readonly yes?: boolean;
}

/** Says yes beforehand to what one run may be asked about: calls of some tools, up to a tier, for a while. */
export const consent: Action<ConsentOptions> = async (context, { args: [typed = ''], options }) => {
  const { terminal, clock } = context;
  const view = viewOf(context);
  const lasts = durationOption('--for', options.for);
  if (lasts > MAX_CONSENT) throw new CountersignError('USAGE', '`--for` takes 4h at most: what goes on for longer deserves a rule');
  const tier = countOption('--up-to-tier', options.upToTier, 3, 2) as 2 | 3;
  return asApprover(context, async ({ controls, say }) => {
    const run = await findRun(openLedger(context), typed, view);
    const unknown = options.tool.find((tool) => !toolNamed(controls, tool));
    if (unknown !== undefined) throw new CountersignError('NOT_FOUND', `no tool \`${unknown}\` is in force`);
    const tools = [...new Set(options.tool)];
    if (!(await requireYes(context, options.yes === true, `say yes beforehand to every call of ${tools.join(', ')} that ${shortId(run.id)} is asked about up to tier ${tier}, for ${options.for}?`))) return EXIT.error;
    const id = deterministicId('consent', randomUUID());
    const data = { consent: id, name: options.name, tools, tier, until: timestamp((clock.now() + lasts) as Instant) };
    await say({ type: 'countersign.consent.given', data, of: { tenant: run.tenant, workflow: run.workflow, run: run.id }, subject: id }, `\`${view.command('approvals standing')}\` shows whether it is`);
    terminal.result(
      () => `${shortId(id)}  counts until ${data.until}; take it back with \`${view.command(`approvals withdraw ${operand(id)}`)}\``,
      () => ({ run: run.id, ...data }),
    );
    return EXIT.ok;
  });
};
