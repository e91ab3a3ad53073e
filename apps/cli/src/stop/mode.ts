import { MODES, type Mode } from '@countersign/contracts';
import { scopeKey, scopeText, type Scope } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import type { ExitCode } from '../exit-codes.js';
import { unknownName } from '../terminal/unknown-name.js';
import { viewOf } from '../terminal/view.js';
import { pullSwitch } from './pull-switch.js';
import { resume } from './resume.js';
import { typedScope } from './typed-scope.js';

export interface ModeOptions {
  readonly reason: string;
  readonly tenant?: string;
  readonly yes?: boolean;
}

const MEANS: Readonly<Record<Exclude<Mode, 'normal'>, string>> = { 'read-only': 'reads go on, writes queue', safe: 'nothing starts, everything queues' };

const change = async (context: CommandContext, scope: Scope, mode: Exclude<Mode, 'normal'>, reason: string): Promise<ExitCode> => {
  const text = scopeText(scope);
  const view = viewOf(context);
  const code = await pullSwitch(context, scope, ({ stops }) => {
    const before = stops.modes.get(scopeKey(scope));
    if (before?.mode === mode) return { controls: [], done: `${text} is in mode ${mode} already` };
    return { controls: [{ type: 'countersign.mode.changed', subject: text, data: { ...scope, mode, reason, ...(mode === 'read-only' && before?.mode === 'safe' && { lifts: before.epoch }) } }], done: `${text} is in mode ${mode}: ${MEANS[mode]}` };
  });
  context.terminal.message(view.colors.dim(`\`${view.command('stops')}\` shows what queues, \`${view.command(`resume ${text}`)}\` lets it go on`));
  return code;
};

export const pause: Action<ModeOptions> = async (context, { args: [typed = ''], options }) => change(context, await typedScope(context, typed, viewOf(context)), 'safe', options.reason);

export const setMode: Action<ModeOptions> = async (context, { args: [named = '', typed], options }) => {
  const mode = MODES.find((each) => each === named);
  if (!mode) throw unknownName('mode', named, MODES);
  if (typed !== undefined && options.tenant !== undefined) throw new CountersignError('USAGE', 'a scope and `--tenant` were given', { hint: 'one of the two' });
  const text = options.tenant === undefined ? (typed ?? 'all') : `tenant:${options.tenant}`;
  if (mode === 'normal') return resume(context, { args: [text], options: { reason: options.reason, ...(options.yes && { yes: true }), modeOnly: true } });
  return change(context, await typedScope(context, text, viewOf(context)), mode, options.reason);
};
