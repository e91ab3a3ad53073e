import { codeOf, messageOf } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { EXIT } from '../exit-codes.js';
import { table } from '../terminal/table.js';
import { ForgedEvents } from './forged-events.js';
import { hijacked, hijackedInRun } from './hijacked.js';
import { readLoot } from './loot.js';
import { OwnRun } from './own-run.js';
import { Stage } from './stage.js';
import { stolenKeys } from './stolen-keys.js';
import { stolenPasswords } from './stolen-passwords.js';
import { through, type Attack, type Verdict } from './verdict.js';

interface Tried extends Pick<Attack, 'stolen' | 'tries'> {
  readonly verdict: Verdict;
}

/** An attack that does not come to an end has shown nothing, so it counts as one that got through. */
const tried = async ({ stolen, tries, run }: Attack, { terminal, signal }: CommandContext): Promise<Tried> => {
  signal.throwIfAborted();
  terminal.progress(`${stolen}: ${tries}`);
  try {
    return { stolen, tries, verdict: await run() };
  } catch (fault) {
    signal.throwIfAborted();
    return { stolen, tries, verdict: through(`nobody knows: ${codeOf(fault)}: ${messageOf(fault)}`) };
  }
};

const objectOf = ({ stolen, tries, verdict }: Tried): object => ({ stolen, tries, refused: verdict.refused, ...(verdict.refused ? { layer: verdict.layer } : {}), evidence: verdict.evidence });

/** Uses every secret of a local stack against it. What it writes is refused, and stays on the log as what it is; nothing is done outside. */
export const attack: Action = async (context) => {
  const loot = readLoot(context);
  const root = readRoot(context);
  const { terminal, signal } = context;
  const controls = await withKafka(context, async ({ broker, namespace }) => (await readControlLog(broker, namespace, root)).state);
  const stage = new Stage(loot, controls, signal);
  const results: Tried[] = [];
  let own: OwnRun | undefined;
  try {
    await stage.begin();
    const forged = new ForgedEvents(loot, controls);
    own = OwnRun.in(stage, loot, controls);
    for (const each of [...stolenPasswords(stage, forged), ...stolenKeys(stage, forged), ...hijacked(stage, forged), ...(own ? hijackedInRun(stage, own) : [])]) results.push(await tried(each, context));
  } finally {
    // Also where it is broken off: nobody should go on being asked.
    await own?.close().finally(() => stage.close());
  }
  const open = results.filter(({ verdict }) => !verdict.refused);
  const { colors } = terminal;
  const row = ({ stolen, tries, verdict }: Tried): readonly string[] => [stolen, tries, verdict.refused ? verdict.layer : colors.red('NOTHING'), verdict.evidence];
  terminal.result(
    () => [table(['STOLEN', 'ATTACK', 'REFUSED BY', 'EVIDENCE'], results.map(row), terminal.width), open.length === 0 ? colors.green(`${results.length} attacks, and nothing got through`) : colors.red(`${open.length} of ${results.length} attacks got through`)].join('\n'),
    () => ({ through: open.length, attacks: results.map(objectOf) }),
  );
  return open.length === 0 ? EXIT.ok : EXIT.error;
};
