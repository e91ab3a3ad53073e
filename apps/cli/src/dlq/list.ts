import { SERVICES } from '@countersign/contracts';
import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { countOption } from '../terminal/option-values.js';
import { viewOf } from '../terminal/view.js';
import { letterObject, lettersTable } from './letter-text.js';
import { readLetters, serviceNamed } from './letters.js';
import { compareWithLog } from './original.js';

export interface DlqListOptions {
  readonly service?: string;
  readonly limit: string;
}

/** What one answer holds at most. */
const MOST = 10_000;

export const listDeadLetters: Action<DlqListOptions> = async (context, { options }) => {
  const services = options.service === undefined ? SERVICES : [serviceNamed(options.service)];
  const most = countOption('--limit', options.limit, MOST);
  const root = readRoot(context);
  const letters = await withKafka(context, async (kafka) => {
    const { state } = await readControlLog(kafka.broker, kafka.namespace, root);
    const all = await Promise.all(services.map((service) => readLetters(kafka, service, state, most)));
    return compareWithLog(kafka, all.flat().toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, most));
  });
  const { terminal } = context;
  if (letters.length === 0 && !terminal.json) {
    terminal.message('no dead letters');
    return;
  }
  terminal.result(
    () => lettersTable(letters, viewOf(context)),
    () => ({ letters: letters.map(letterObject) }),
  );
};
