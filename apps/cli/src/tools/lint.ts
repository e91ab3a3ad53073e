import { resolve } from 'node:path';
import type { Action } from '../command-context.js';
import { checkFiles, DEFAULT_CONFIG_DIR, requireFolder } from '../config/load-files.js';
import { EXIT } from '../exit-codes.js';
import { oneLine } from '../terminal/safe-text.js';
import { lintContract } from './lint-contract.js';
import { lintTool, type Finding } from './lint-tool.js';

interface LintOptions {
  readonly strict?: boolean;
}

/** Stands for `local` in the directory of approvers, which is not what is looked at here. */
const ANYBODYS_KEY = 'A'.repeat(43);

/** Checks the tool contracts of a folder, and what its agent contracts take for words of a task; what keeps the folder from being read at all is an error too. */
export const lintTools: Action<LintOptions> = async ({ cwd, env, terminal }, { args: [dir], options }) => {
  const name = dir ?? DEFAULT_CONFIG_DIR;
  requireFolder(cwd, env, name, 'tools lint DIR');
  const loaded = checkFiles(resolve(cwd, name), ANYBODYS_KEY);
  const ids = loaded.documents.tools.map(({ document }) => document.id);
  const found = loaded.documents.tools.flatMap(({ id, document }) => {
    const file = loaded.files.find((each) => each.kind === 'tool' && each.id === id);
    const others = ids.filter((other) => other !== document.id);
    return lintTool(document, others).map((finding) => ({ path: file?.path ?? id, ...(file?.locate(finding.pointer) ?? { line: 1, column: 1 }), tool: document.id, ...finding }));
  });
  const inputs = loaded.documents.contracts.flatMap(({ id, document }) => {
    const file = loaded.files.find((each) => each.kind === 'contract' && each.id === id);
    return lintContract(document).map((finding) => ({ path: file?.path ?? id, ...(file?.locate(finding.pointer) ?? { line: 1, column: 1 }), contract: document.id, ...finding, message: `\`${finding.pointer}\` ${finding.message}` }));
  });
  const faults = loaded.faults.map(({ path, line, column, message }) => ({ path, line, column, severity: 'error' as Finding['severity'], code: 'config.invalid', message }));
  const findings = [...faults, ...found, ...inputs];
  const count = (severity: Finding['severity']): number => findings.filter((finding) => finding.severity === severity).length;
  const { colors } = terminal;
  const shown = name.replace(/\/+$/, '');
  terminal.result(
    () =>
      [
        ...findings.map(({ path, line, column, severity, code, message }) => `${shown}/${path}:${line}:${column}: ${severity === 'error' ? colors.red(severity) : colors.yellow(severity)} ${code}: ${oneLine(message)}`),
        `${ids.length} tools, ${count('error')} errors, ${count('warning')} warnings`,
      ].join('\n'),
    () => ({ tools: ids.length, errors: count('error'), warnings: count('warning'), findings }),
  );
  return count('error') > 0 || (options.strict === true && count('warning') > 0) ? EXIT.error : EXIT.ok;
};
