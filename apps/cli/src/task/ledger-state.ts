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
  if (run.outcome !== null) return { kind: 'finished', outcome: run.outcome, reason: run.reason ?? '' };
  const open = run.approvals.find(({ status }) => status === 'open');
  return open ? { kind: 'pending', approval: open.approval, reasons: open.request?.reasons ?? [] } : undefined;
};
