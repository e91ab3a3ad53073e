import { resolve } from 'node:path';
import { driftOf, loadConfig, type Drift } from '@countersign/tools';
import { CountersignError } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { DEFAULT_CONFIG_DIR, faultLines, requireFolder } from '../config/load-files.js';
import { EXIT } from '../exit-codes.js';
import { oneLine } from '../terminal/safe-text.js';
import { readForeign } from './read-foreign.js';

interface DriftOptions {
  readonly from: string;
  readonly connection?: string;
}

/** Compares tool contracts with what the outside system says of its tools now. */
export const driftTools: Action<DriftOptions> = async ({ cwd, env, terminal }, { args: [dir], options }) => {
  const name = dir ?? DEFAULT_CONFIG_DIR;
  requireFolder(cwd, env, name, 'tools drift DIR --from FILE');
  const { documents, faults } = loadConfig(resolve(cwd, name));
  const broken = faults.filter(({ path }) => path.startsWith('tools/'));
  if (broken.length > 0) throw new CountersignError('CONFIG_INVALID', `the tools in \`${name}\` are not as they must be\n${faultLines(name.replace(/\/+$/, ''), broken)}`, { hint: '`tools pin` writes a hash anew where somebody has read the change' });
  const { tools: outside } = await readForeign(cwd, options.from);
  const drifts = documents.tools
    .map(({ document }) => document)
    .filter(({ connection }) => options.connection === undefined || connection === options.connection)
    .map((tool) => driftOf(tool, outside));
  if (drifts.length === 0) throw new CountersignError('NOT_FOUND', `no tool in \`${name}\` is of this connection`);
  const isDrift = ({ kind }: Drift): boolean => kind === 'changed' || kind === 'gone';
  const { colors } = terminal;
  const sign = { same: colors.green('='), narrower: colors.green('<'), changed: colors.yellow('~'), gone: colors.red('-') };
  terminal.result(
    () =>
      [
        ...drifts.map(({ tool, kind, what }) => `${sign[kind]} ${oneLine(tool)}${kind === 'narrower' ? '  asks for less than is offered' : what.map((each) => `  ${each}`).join(',')}`),
        `${drifts.length} tools, ${drifts.filter(isDrift).length} drifted`,
      ].join('\n'),
    () => ({ tools: drifts, drifted: drifts.filter(isDrift).length }),
  );
  return drifts.some(isDrift) ? EXIT.drift : EXIT.ok;
};
