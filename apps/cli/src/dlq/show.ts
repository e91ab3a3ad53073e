import type { Action, CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { viewOf } from '../terminal/view.js';
import { letterObject, letterText } from './letter-text.js';
import { parseLetterId, readLetter, type Letter } from './letters.js';
import { compareWithLog } from './original.js';

const showLetter = (context: CommandContext, letter: Letter): void => {
  const { key, value, headers } = letter.record;
  context.terminal.result(
    () => letterText(letter, viewOf(context)),
    () => ({
      letter: {
        ...letterObject(letter),
        keyBase64: key?.toString('base64') ?? null,
        valueBase64: value?.toString('base64') ?? null,
        headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString('utf8')])),
      },
    }),
  );
};

export const showDeadLetter: Action = async (context, { args: [id = ''] }) => {
  const view = viewOf(context);
  parseLetterId(id, view);
  const root = readRoot(context);
  const letters = await withKafka(context, async (kafka) => compareWithLog(kafka, [await readLetter(kafka, id, (await readControlLog(kafka.broker, kafka.namespace, root)).state, view)]));
  for (const letter of letters) showLetter(context, letter);
};
