import type { Ledger } from '../ledger/ledger-client.js';
import { notYours, type TaskName, type TaskState } from './task-watch.js';

/** Where the ledger has a run; `undefined` where it does not know it, or nothing settled of it, yet. */
export const stateFromLedger = async (ledger: Pick<Ledger, 'run'>, task: Pick<TaskName, 'run' | 'signer'>): Promise<TaskState | undefined> => {
  let run: Awaited<ReturnType<Ledger['run']>>;
  try {
    run = await ledger.run(task.run);
  } catch {
    return undefined;
  }
  const strange = notYours(run.subject, task);
  if (strange) return strange;
  if (run.outcome !== undefined) return { kind: 'finished', outcome: run.outcome, reason: run.reason ?? '' };
  const question = run.escalations.find(({ id }) => id === run.asking);
  if (question) return { kind: 'asking', escalation: question.id, message: question.message };
  if (run.waitingOn === undefined) return undefined;
  const asked = run.actions.find(({ approval }) => approval === run.waitingOn);
  return { kind: 'pending', approval: run.waitingOn, reasons: asked?.reasons ?? [] };
};
