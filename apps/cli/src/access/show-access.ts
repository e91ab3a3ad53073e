import { filesOfConfiguration, type ConfigurationFiles } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { loadFiles } from '../config/load-files.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { commandLine } from '../terminal/command-line.js';
import { viewOf } from '../terminal/view.js';
import { accessText } from './access-text.js';
import { whoCan } from './who-can.js';

interface AccessOptions {
  readonly config?: string;
}

/** Stands for `local` in the directory of approvers, which is not what is looked at here. */
const ANYBODYS_KEY = { publicKey: 'A'.repeat(43) };

const inForce = async (context: CommandContext): Promise<ConfigurationFiles> => {
  const root = readRoot(context);
  const { state } = await withKafka(context, ({ broker, namespace }) => readControlLog(broker, namespace, root));
  if (!state.active) throw new CountersignError('CONFIG_UNAVAILABLE', 'no configuration is in force', { hint: `look at a folder instead: \`${commandLine('access who-can RISK --config DIR', context.env)}\`` });
  return filesOfConfiguration(state.active);
};

/** Answers from what is in force, or from a folder, without Kafka. */
export const showAccess: Action<AccessOptions> = async (context, { args: [target = ''], options: { config } }) => {
  const files = config === undefined ? await inForce(context) : loadFiles(context, config, ANYBODYS_KEY).documents;
  const found = whoCan(target, files);
  context.terminal.result(
    () => accessText(target, found, viewOf(context)),
    () => ({ target, access: found }),
  );
};
