import type { RunOutcome } from '@countersign/contracts';
import { CountersignError, isName, timestamp, type Instant } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { requireKnownTenant } from '../connection/known-tenant.js';
import { openLedger, type Query } from '../ledger/ledger-client.js';
import type { RunStatus, RunSummary } from '../ledger/shapes.js';
import { countOption, timeOption, usdOption } from '../terminal/option-values.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf, type View } from '../terminal/view.js';
import { age } from '../terminal/when.js';
import { cut } from '../terminal/width.js';
import { paint, stateOf } from './paint.js';

export interface RunsListOptions {
  readonly tenant?: string;
  readonly workflow?: string;
  readonly state?: 'open' | RunStatus;
  readonly outcome?: RunOutcome;
  readonly agent?: string;
  readonly tool?: string;
  readonly approver?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly until?: string;
  readonly minCost?: string;
  readonly maxCost?: string;
  readonly limit: string;
}

/** What the ledger gives in one answer at most. */
const MOST = 500;

/** Whoever finds no run is told of so many others. */
const MOST_NAMED = 100;

/** Columns of a task's id: a column is as wide as its widest cell, and one upstream's id must not push everyone's notes out of sight. */
const TASK_COLUMNS = 32;
/** In a pipe there is room for the longest id that is written out; what is longer there is escapes, which `--json` has whole. */
const TASK_COLUMNS_PIPED = 200;

/** Why a run is where it is, in a few words. */
const note = ({ waitingOn, asking, outcome, reason }: RunSummary): string => {
  if (asking !== undefined) return `question ${operand(asking)}`;
  if (waitingOn !== undefined) return `approval ${operand(waitingOn)}`;
  return outcome === undefined || outcome === 'succeeded' ? '' : oneLine(reason ?? '');
};

export const runsTable = (runs: readonly RunSummary[], { colors, width, now }: View): string => {
  const tenants = new Set(runs.map(({ tenant }) => tenant));
  const rows = runs.map((run) => [
    shortId(run.id),
    paint(stateOf(run), colors),
    age(run.submittedAt ?? run.openedAt, now),
    oneLine(tenants.size > 1 ? `${run.tenant}/${run.workflow}` : run.workflow),
    cut(oneLine(run.task ?? '-'), width === undefined ? TASK_COLUMNS_PIPED : TASK_COLUMNS),
    colors.dim(note(run)),
  ]);
  return table(['RUN', 'STATE', 'AGE', 'WORKFLOW', 'TASK', 'NOTE'].map((title) => colors.bold(title)), rows, width);
};

/** `refund-desk`, or `acme/refund-desk` with its tenant. */
const placeOf = (typed: string, tenant: string | undefined): { readonly tenant?: string; readonly workflow: string } => {
  const [workflow = '', of, ...more] = typed.split('/').toReversed();
  if (more.length > 0 || !isName(workflow) || (of !== undefined && !isName(of))) throw new CountersignError('USAGE', `\`${typed}\` is no workflow`, { hint: 'write `refund-desk`, or `acme/refund-desk` with its tenant' });
  if (of !== undefined && tenant !== undefined && of !== tenant) throw new CountersignError('USAGE', `\`--workflow ${typed}\` is not of \`--tenant ${tenant}\``);
  return { workflow, ...(of !== undefined && { tenant: of }) };
};

/** What the ledger is asked for. Throws `USAGE`. */
export const filterOf = ({ since, until, minCost, maxCost, workflow, limit: _limit, ...rest }: RunsListOptions, now: Instant): Query => ({
  ...rest,
  ...(workflow !== undefined && placeOf(workflow, rest.tenant)),
  ...(since !== undefined && { since: timestamp(timeOption('--since', since, now)) }),
  ...(until !== undefined && { until: timestamp(timeOption('--until', until, now)) }),
  ...(minCost !== undefined && { minCost: String(usdOption('--min-cost', minCost)) }),
  ...(maxCost !== undefined && { maxCost: String(usdOption('--max-cost', maxCost)) }),
});

const listed = (names: readonly string[]): string => [...new Set(names)].toSorted().map(oneLine).join(', ');

const outcomesOf = (runs: readonly RunSummary[]): string => {
  const outcomes = listed(runs.flatMap(({ outcome }) => outcome ?? []));
  return outcomes && `, the outcomes (\`--outcome\`) ${outcomes}`;
};

/** What to say where no run is as it was asked for; `others` are the newest of all. */
export const noneLike = (others: readonly RunSummary[], { command }: Pick<View, 'command'>): string =>
  others.length === 0
    ? `no runs; \`${command('task submit FILE --wait')}\` makes one`
    : `no runs like that; of the newest ${others.length} the workflows are ${listed(others.map(({ tenant, workflow }) => `${tenant}/${workflow}`))}, the states (\`--state\`) ${listed(others.map(({ status }) => status))}${outcomesOf(others)}: \`${command('runs list')}\``;

export const listRuns: Action<RunsListOptions> = async (context, { options }) => {
  const { terminal, clock } = context;
  const count = countOption('--limit', options.limit, MOST);
  const filter = filterOf(options, clock.now());
  const ledger = openLedger(context);
  const { runs, cursor } = await ledger.runs({ ...filter, limit: String(count) });
  const view = viewOf(context);
  if (runs.length === 0) requireKnownTenant(context, filter['tenant']);
  if (runs.length === 0 && !terminal.json) {
    terminal.message(noneLike((await ledger.runs({ limit: String(MOST_NAMED) })).runs, view));
    return;
  }
  terminal.result(
    () => runsTable(runs, view),
    () => ({ runs }),
  );
  if (cursor !== undefined) terminal.message(view.colors.dim(`the newest ${count}; more with --limit`));
};
