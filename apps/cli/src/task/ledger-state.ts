import type { Ledger } from '../ledger/ledger-client.js';
import type { TaskState } from './task-watch.js';

/** Where the ledger has a run; `undefined` where it does not know it, or nothing settled of it, yet. */
export const stateFromLedger = async (ledger: Pick<Ledger, 'run'>, id: string): Promise<TaskState | undefined> => {
  let run: Awaited<ReturnType<Ledger['run']>>;
  try {
    run = await ledger.run(id);
  } catch {
    return undefined;
  }
  if (run.outcome !== undefined) return { kind: 'finished', outcome: run.outcome, reason: run.reason ?? '' };
  if (run.waitingOn === undefined) return undefined;
  const asked = run.actions.find(({ approval }) => approval === run.waitingOn);
  return { kind: 'pending', approval: run.waitingOn, reasons: asked?.reasons ?? [] };
};
