import { timestamp } from '@countersign/kernel';
import { CedarEngine } from '@countersign/policy-engines';
import type { Action } from '../command-context.js';
import { DEFAULT_CONFIG_DIR } from '../config/load-files.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';
import { readControlRecords } from '../controls/control-log.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Interrupted } from '../terminal/failure.js';
import { timeOption } from '../terminal/option-values.js';
import { viewOf } from '../terminal/view.js';
import { changesObject, changesText, countsText } from './changes-text.js';
import { LogComparison } from './log/compare-with-log.js';
import { ControlHistory } from './log/control-history.js';
import { walkDecisions } from './log/walk-decisions.js';
import { folderBook } from './rule-book.js';

export interface SimulateOptions {
  readonly since: string;
}

/** Decides what policy has decided once more, under the files of a folder and with what was known then. Nothing is written. Exits 9 where a verdict would be another. */
export const simulatePolicies: Action<SimulateOptions> = async (context, { args: [dir = DEFAULT_CONFIG_DIR], options }): Promise<ExitCode> => {
  const { terminal, clock } = context;
  const since = timeOption('--since', options.since, clock.now());
  const book = folderBook(context, dir, 'policy simulate DIR');
  const root = readRoot(context);
  const trustDomain = readSettings(context).get('trustDomain', CLIENT_VARIABLES.trustDomain);
  return withKafka(context, async (kafka) => {
    const controls = await readControlRecords(kafka.broker, kafka.namespace);
    const history = new ControlHistory(controls, root);
    const policy = new CedarEngine().prepare(book.set);
    try {
      const comparison = new LogComparison({ controls: book.controls, policy, history, since, trustDomain });
      const { read, bad } = await walkDecisions(kafka, {
        root,
        controls,
        visit: (decided) => {
          if (context.signal.aborted) throw new Interrupted();
          comparison.add(decided);
        },
        onProgress: (partition, partitions, sofar) => terminal.progress(`partition ${partition} of ${partitions}: ${sofar} events, ${comparison.changes.decided} decided again`),
      });
      const { changes, notOfRules } = comparison;
      const text = changesText(changes, viewOf(context));
      if (terminal.json || text !== '') {
        terminal.result(
          () => text,
          () => ({ candidate: dir, policySet: book.set.hash, since: timestamp(since), events: read, bad, notOfRules, ...changesObject(changes) }),
        );
      }
      terminal.message(`${changes.decided} decisions since ${timestamp(since)}: ${countsText(changes)}`);
      if (notOfRules > 0) terminal.message(`${notOfRules} more rested on something other than rules, such as a budget, and are left out`);
      if (bad > 0) terminal.message(`${bad} records fail a check and count for nobody: \`tail\` shows them`);
      return changes.changed > 0 ? EXIT.drift : EXIT.ok;
    } finally {
      policy.release();
      history.release();
    }
  });
};
