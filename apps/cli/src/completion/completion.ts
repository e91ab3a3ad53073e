import type { Action } from '../command-context.js';
import { createProgram } from '../program.js';
import { bashScript } from './bash-script.js';
import { placesOf } from './command-tree.js';
import { zshScript } from './zsh-script.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript } as const;
const isShell = (name: string | undefined): name is keyof typeof SCRIPTS => name !== undefined && Object.hasOwn(SCRIPTS, name);

/** The program is made once more, to be looked at: none of its commands can be run. */
export const completion: Action = async ({ terminal }, { args: [shell] }) => {
  if (!isShell(shell)) throw new Error(`there is no script for ${shell}`);
  const script = SCRIPTS[shell](placesOf(createProgram(() => () => Promise.resolve())));
  terminal.result(
    () => script.trimEnd(),
    () => ({ shell, script }),
  );
};
