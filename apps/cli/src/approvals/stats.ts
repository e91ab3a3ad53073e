import { timestamp } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { requireKnownTenant } from '../connection/known-tenant.js';
import { openLedger } from '../ledger/ledger-client.js';
import type { ApprovalFigures, FigureRow } from '../ledger/shapes.js';
import { timeOption } from '../terminal/option-values.js';
import { oneLine } from '../terminal/safe-text.js';
import { who } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf, type View } from '../terminal/view.js';
import { latency } from '../terminal/when.js';
import { suggestionFor, type Suggestion } from './suggestion.js';

export interface StatsOptions {
  readonly tenant?: string;
  readonly since: string;
  readonly by: ApprovalFigures['by'];
}

const share = (part: number, whole: number): string => (whole === 0 ? '-' : `${part} (${Math.round((part / whole) * 100)}%)`);

const time = (ms: number | undefined): string => (ms === undefined ? '-' : latency(ms));

const tiersOf = ({ tiers: [lowest, highest] }: FigureRow): string => (lowest === highest ? String(lowest) : `${lowest}-${highest}`);

const sentence = (name: string, suggestion: Suggestion, { colors }: Pick<View, 'colors'>): readonly string[] => {
  switch (suggestion.is) {
    case 'keep':
      return [];
    case 'too-few':
      return [colors.dim(`${name}: ${suggestion.why}`)];
    case 'stricter':
    case 'looser':
      return [`${colors.bold(name)}: tier ${suggestion.tier} would be worth a thought; ${suggestion.why}`];
    case 'other-people':
      return [`${colors.bold(name)}: other roles, a fallback or more time would be worth a thought; ${suggestion.why}`];
    case 'deny':
      return [`${colors.bold(name)}: a narrower rule, or no, would be worth a thought; ${suggestion.why}`];
  }
};

export const statsText = ({ by, figures }: ApprovalFigures, view: View): string => {
  const { colors, width } = view;
  const ofRules = by === 'rule';
  const head = [...(ofRules ? ['RULE'] : ['APPROVER']), 'TIER', ofRules ? 'ASKED' : 'VOTES', 'YES', 'NO', ...(ofRules ? ['EXPIRED', 'TAKEN BACK'] : []), 'P50', 'P95', 'UNDER 5S', 'OVERRIDDEN'];
  const rows = figures.map((row) => [
    ofRules ? oneLine(row.name) : who(row.name),
    tiersOf(row),
    String(row.count),
    String(row.yes),
    String(row.no),
    ...(ofRules ? [share(row.expired ?? 0, row.count), String(row.withdrawn ?? 0)] : []),
    time(row.p50Ms),
    time(row.p95Ms),
    share(row.quick, row.timed),
    `${share(row.overridden, row.granted)}${row.overridden === 0 ? '' : ` ${[row.undone && `${row.undone} undone`, row.diverged && `${row.diverged} diverged`, row.deniedAfter && `${row.deniedAfter} denied`].filter(Boolean).join(', ')}`}`,
  ]);
  const suggestions = ofRules ? figures.flatMap((row) => sentence(oneLine(row.name), suggestionFor(row), view)) : [];
  return [table(head.map((title) => colors.bold(title)), rows, width), ...(suggestions.length === 0 ? [] : ['', ...suggestions])].join('\n');
};

/** What is open is in no figure yet. */
export const nothingText = (since: string, open: number, { command }: Pick<View, 'command'>): string =>
  `no question has ended since ${since}${open === 0 ? '' : `; ${open} ${open === 1 ? 'waits' : 'wait'}: \`${command('approvals list')}\``}`;

/** How people have answered, and what that speaks for. */
export const approvalStats: Action<StatsOptions> = async (context, { options }) => {
  const { tenant, by } = options;
  const { terminal, clock } = context;
  const since = timestamp(timeOption('--since', options.since, clock.now()));
  const ledger = openLedger(context);
  const found = await ledger.approvalFigures({ tenant, by, since });
  if (found.figures.length === 0) requireKnownTenant(context, tenant);
  if (found.figures.length === 0 && !terminal.json) {
    const { approvals: open } = await ledger.approvals({ tenant, state: 'pending' });
    terminal.message(nothingText(since, open.length, viewOf(context)));
    return;
  }
  terminal.result(
    () => statsText(found, viewOf(context)),
    () => ({ ...found, figures: found.figures.map((row) => (by === 'rule' ? { ...row, suggestion: suggestionFor(row) } : row)) }),
  );
};
