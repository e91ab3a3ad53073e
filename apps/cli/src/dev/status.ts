import { stackStatus } from '@countersign/stack';
import type { Action } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { commandLine } from '../terminal/command-line.js';
import { table } from '../terminal/table.js';
import { anchorLines } from './anchor-line.js';

export const status: Action = async ({ terminal, dataDir, env }) => {
  const found = await stackStatus(dataDir);
  const { colors } = terminal;
  const mark = (healthy: boolean | undefined): string => (healthy === undefined ? '-' : healthy ? colors.green('well') : colors.red('not well'));
  terminal.result(
    () =>
      found.parts.length === 0
        ? `no stack runs here; \`${commandLine('dev up', env)}\` starts one`
        : [
            `the stack is ${found.phase}`,
            table(
              ['PART', 'STATE', 'HEALTH', 'PID', 'RESTARTS', 'ADDRESS'],
              found.parts.map((part) => [part.name, part.state, mark(part.healthy), String(part.pid), String(part.restarts), part.http ?? '']),
              terminal.width,
            ),
            ...anchorLines(dataDir),
          ].join('\n'),
    () => ({ ...found, dataDir }),
  );
  return found.healthy ? EXIT.ok : EXIT.error;
};
