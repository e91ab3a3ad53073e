import type { Action } from '../command-context.js';
import { openLedger } from '../ledger/ledger-client.js';
import { JSON_SCHEMA_VERSION } from '../terminal/terminal.js';
import { viewOf } from '../terminal/view.js';
import { findRun } from './find-run.js';
import { nextForRun, runText } from './run-text.js';

export interface RunsShowOptions {
  readonly format: 'text' | 'json' | 'jsonl';
  readonly events?: boolean;
}

export const showRun: Action<RunsShowOptions> = async (context, { args: [typed = ''], options }) => {
  const { terminal } = context;
  const ledger = openLedger(context);
  const view = viewOf(context);
  const { id } = await findRun(ledger, typed, view);
  if (options.format === 'jsonl') {
    terminal.raw(JSON.stringify(await ledger.record(id)));
    return;
  }
  const [run, timeline] = await Promise.all([ledger.run(id), options.events ? ledger.events(id) : undefined]);
  if (terminal.json || options.format === 'json') {
    terminal.raw(JSON.stringify({ schema: JSON_SCHEMA_VERSION, run: { ...run, ...timeline } }, undefined, 2));
    return;
  }
  terminal.raw(runText(run, timeline?.events, view));
  const next = nextForRun(run, view);
  if (next !== undefined) terminal.message(`\n${next}`);
};
