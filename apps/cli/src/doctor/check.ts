import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';
import { pad } from '../terminal/width.js';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly code?: string;
  /** What can be done about it. */
  readonly hint?: string;
}

export const checksText = (checks: readonly Check[], { colors }: View): string => {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, ok, message, code, hint }) => {
      const mark = ok ? colors.green('ok  ') : colors.red('fail');
      const what = `${code === undefined ? '' : `${code}: `}${oneLine(message)}`;
      return [`${mark}  ${pad(name, width)}  ${what}`, ...(hint === undefined ? [] : [`      ${pad('', width)}  ${colors.cyan('next')}: ${oneLine(hint)}`])].join('\n');
    })
    .join('\n');
};
