import type { ControlState } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { commandLine } from '../terminal/command-line.js';
import { readControlLog } from './control-log.js';

/** What people have put in force; throws `CONFIG_UNAVAILABLE` where that is nothing. `otherwise`: what a person can do without, for the hint. */
export const controlsInForce = async (context: CommandContext, otherwise: string): Promise<ControlState> => {
  const root = readRoot(context);
  const { state } = await withKafka(context, ({ broker, namespace }) => readControlLog(broker, namespace, root));
  if (!state.active) throw new CountersignError('CONFIG_UNAVAILABLE', 'no configuration is in force', { hint: `\`${commandLine('config apply DIR', context.env)}\`, or ${otherwise}` });
  return state;
};
