import { scopeText } from '@countersign/domain';
import type { Action } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { requireYes } from '../terminal/require-yes.js';
import { viewOf } from '../terminal/view.js';
import { pullSwitch } from './pull-switch.js';
import { typedScope } from './typed-scope.js';

export interface KillOptions {
  readonly reason: string;
  readonly yes?: boolean;
}

/** Whoever stops a part is not held up by a question; stopping everything is. */
export const kill: Action<KillOptions> = async (context, { args: [typed = ''], options }) => {
  const view = viewOf(context);
  const scope = await typedScope(context, typed, view);
  const text = scopeText(scope);
  const question = 'this ends every run of every tenant, and breaks off the calls that are under way; kill';
  if (scope.scope === 'all' && !(await requireYes(context, options.yes === true, question, text))) return EXIT.error;
  const code = await pullSwitch(context, scope, () => ({
    controls: [{ type: 'countersign.kill-switch.set', subject: text, data: { ...scope, reason: options.reason } }],
    done: `${text} is stopped: nothing of it is granted, and calls under way are broken off`,
  }));
  context.terminal.message(view.colors.dim(`\`${view.command(`resume ${text}`)}\` lifts it; what it ended stays ended`));
  return code;
};
