import { CountersignError } from '@countersign/kernel';
import type { Ledger } from '../ledger/ledger-client.js';
import { PREFIX_LIMIT, theOne } from '../ledger/find-by-prefix.js';
import type { RunSummary } from '../ledger/shapes.js';
import { findRun } from '../runs/find-run.js';
import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';

/** What an incident is about: a run, or one step of it. */
export interface Found {
  readonly run: RunSummary;
  readonly step?: string;
}

const runs = async (ledger: Pick<Ledger, 'runs'>, id: string): Promise<RunSummary | undefined> => (await ledger.runs({ prefix: id, limit: PREFIX_LIMIT })).runs.find((run) => run.id === id);

/** An action by the id that the outside system gave to its effect. Throws `USAGE` where several systems gave the same. */
const byOutsideId = async (ledger: Pick<Ledger, 'runs' | 'effects'>, typed: string): Promise<Found | undefined> => {
  const { effects } = await ledger.effects({ outsideId: typed });
  if (effects.length === 0) return undefined;
  const named = effects.map((effect) => ({ ...effect, id: `${effect.run}/${effect.step}` }));
  const { run, step } = named.length === 1 ? (named[0] ?? { run: '', step: '' }) : theOne({ kind: 'effect', typed, found: named, describe: (effect) => `${effect.id}  ${oneLine(effect.tool ?? '')} on ${oneLine(effect.destination ?? '')}`, hint: 'give `RUN/STEP`' });
  const found = await runs(ledger, run);
  return found && { run: found, step };
};

/** The run that a person means: by its id or the start of it, by `RUN/STEP`, or by what an outside system calls the effect. Throws `NOT_FOUND` and `USAGE`. */
export const findIncident = async (ledger: Pick<Ledger, 'runs' | 'effects'>, typed: string, view: Pick<View, 'command'>): Promise<Found> => {
  const found = await byOutsideId(ledger, typed);
  if (found) return found;
  const slash = typed.indexOf('/');
  const isStep = slash > 0 && slash < typed.length - 1;
  try {
    const run = await findRun(ledger, isStep ? typed.slice(0, slash) : typed, view);
    return isStep ? { run, step: typed.slice(slash + 1) } : { run };
  } catch (fault) {
    if (!(fault instanceof CountersignError) || fault.code !== 'NOT_FOUND') throw fault;
    throw new CountersignError('NOT_FOUND', `there is no run and no effect \`${typed}\``, { hint: `give a run (\`${view.command('runs list')}\`), \`RUN/STEP\`, or the id that an outside system gave`, cause: fault });
  }
};
