import { CountersignError } from '@countersign/kernel';
import type { FileFault } from '@countersign/tools';
import type { Action } from '../command-context.js';
import { checkFolder, DEFAULT_CONFIG_DIR, NOBODYS_KEY } from '../config/load-files.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Colors } from '../terminal/terminal.js';
import { oneLine } from '../terminal/safe-text.js';
import { readCases } from './cases/read-cases.js';

export interface CheckOptions {
  readonly strict?: boolean;
  readonly format: 'text' | 'github';
}

/** What was found at a place. */
interface Finding extends FileFault {
  readonly severity: 'error' | 'warning';
  /** Of warnings. */
  readonly code?: string;
}

/** GitHub reads commands line by line; these characters would end one. */
const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapedProperty = (text: string): string => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** `::error file=...`: GitHub shows it beside the line of a pull request. */
const githubLine = ({ severity, path, line, column, code, message }: Finding): string =>
  `::${severity} file=${escapedProperty(path)},line=${line},col=${column}${code === undefined ? '' : `,title=${escapedProperty(code)}`}::${escaped(oneLine(message))}`;

/** `config/policies/refunds.yaml:7:11: warning[rule.shadowed]: message`, which editors and terminals make links of. */
const textLine = ({ severity, path, line, column, code, message }: Finding, colors: Colors): string => {
  const color = severity === 'error' ? colors.red : colors.yellow;
  return `${oneLine(path)}:${line}:${column}: ${color(`${severity}${code === undefined ? '' : `[${code}]`}`)}: ${oneLine(message)}`;
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Every fault and every oddity of a folder at once; nothing is changed and nothing is asked of a stack. */
export const checkPolicies: Action<CheckOptions> = async (context, { args: [dir = DEFAULT_CONFIG_DIR], options }): Promise<ExitCode> => {
  const { terminal } = context;
  const { folder, shown, loaded } = checkFolder(context, dir, NOBODYS_KEY, 'policy check DIR');
  const at = (fault: FileFault): FileFault => ({ ...fault, path: `${shown}/${fault.path}` });
  const findings: readonly Finding[] = [
    ...loaded.faults.map((fault): Finding => ({ ...at(fault), severity: 'error' })),
    ...readCases(folder).faults.map((fault): Finding => ({ ...at(fault), severity: 'error' })),
    ...loaded.warnings.map((warning): Finding => ({ ...at(warning), severity: 'warning', code: warning.code })),
  ];
  if (loaded.faults.length === 0 && loaded.files.length === 0) throw new CountersignError('CONFIG_INVALID', `there are no YAML files in \`${dir}\``);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const lines = findings.map((finding) => (options.format === 'github' ? githubLine(finding) : textLine(finding, terminal.colors)));
  if (terminal.json || lines.length > 0) {
    terminal.result(
      () => lines.join('\n'),
      () => ({ files: loaded.files.length, errors, warnings, findings }),
    );
  }
  terminal.message(`${counted(loaded.files.length, 'file')}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`);
  return errors > 0 || (options.strict === true && warnings > 0) ? EXIT.error : EXIT.ok;
};
