import { scopeText, standingStops } from '@countersign/domain';
import { timestamp } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { viewOf } from '../terminal/view.js';
import { askBacklog } from './backlog.js';
import { backlogTable, stateOfStop, stopsTable } from './stops-text.js';

export const listStops: Action = async (context) => {
  const { terminal } = context;
  const root = readRoot(context);
  const stops = await withKafka(context, async ({ broker, namespace }) => standingStops((await readControlLog(broker, namespace, root)).state.stops));
  const backlog = await askBacklog(context);
  const view = viewOf(context);
  terminal.result(
    () => [stops.length === 0 ? 'nothing is stopped' : stopsTable(stops, view), ...(backlog?.length ? ['', backlogTable(backlog, false, view)] : [])].join('\n'),
    () => ({
      stops: stops.map((stop) => ({ scope: scopeText(stop), state: stateOfStop(stop), since: timestamp(stop.at), by: stop.by, reason: stop.reason, control: stop.epoch })),
      ...(backlog && { backlog }),
    }),
  );
  if (!backlog) terminal.message(view.colors.dim('the ledger gives no answer, so that what has queued is not known'));
};
