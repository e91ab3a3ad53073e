import { scopeKey, scopeText, type ControlState, type Scope } from '@countersign/domain';
import { CountersignError, timestamp, type Instant } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { countOption, durationOption } from '../terminal/option-values.js';
import { requireYes } from '../terminal/require-yes.js';
import { viewOf } from '../terminal/view.js';
import { askBacklog } from './backlog.js';
import { pullSwitch, type SwitchControl } from './pull-switch.js';
import { backlogTable } from './stops-text.js';
import { typedScope } from './typed-scope.js';

export interface ResumeOptions {
  readonly reason: string;
  /** A minute, over all partitions. */
  readonly rate?: string;
  readonly maxAge?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** Leaves a kill switch as it is. */
  readonly modeOnly?: boolean;
}

const MAX_RATE = 60_000;
const MINUTE_MS = 60_000;

/** Each partition keeps to its own pace, so that all of them together keep to the rate. */
export const paceOf = (perMinute: number, partitions: number): number => Math.ceil((MINUTE_MS * partitions) / perMinute);

interface Drain {
  readonly everyMs?: number;
  readonly maxAgeMs?: number;
}

const controlsFor = (scope: Scope, { stops }: ControlState, { reason, modeOnly }: ResumeOptions, drain: Drain): readonly SwitchControl[] => {
  const key = scopeKey(scope);
  const subject = scopeText(scope);
  const kill = stops.kills.get(key);
  const mode = stops.modes.get(key);
  return [
    ...(kill?.stands && modeOnly !== true ? [{ type: 'countersign.kill-switch.lifted', subject, data: { ...scope, reason, lifts: kill.epoch } } as const] : []),
    // A mode that is normal may be set again, for another pace of what still queues.
    ...(mode && (mode.mode !== 'normal' || drain.everyMs !== undefined || drain.maxAgeMs !== undefined) ? [{ type: 'countersign.mode.changed', subject, data: { ...scope, reason, mode: 'normal', lifts: mode.epoch, ...drain } } as const] : []),
  ];
};

export const resume: Action<ResumeOptions> = async (context, { args: [typed = ''], options }) => {
  const { terminal, clock } = context;
  const view = viewOf(context);
  const scope = await typedScope(context, typed, view);
  const text = scopeText(scope);
  const perMinute = options.rate === undefined ? undefined : countOption('--rate', options.rate, MAX_RATE);
  const maxAgeMs = options.maxAge === undefined ? undefined : durationOption('--max-age', options.maxAge);
  const before = maxAgeMs === undefined ? undefined : timestamp((clock.now() - maxAgeMs) as Instant);
  return pullSwitch(context, scope, async (state, { partitions }) => {
    const drain = { ...(perMinute !== undefined && { everyMs: paceOf(perMinute, partitions) }), ...(maxAgeMs !== undefined && { maxAgeMs }) };
    const controls = controlsFor(scope, state, options, drain);
    if (controls.length === 0) throw new CountersignError('NOT_FOUND', `${text} is not stopped`, { hint: `\`${view.command('stops')}\` shows what is` });
    const lines = (await askBacklog(context, before))?.filter(({ waitsFor }) => waitsFor === text);
    if (!terminal.json) terminal.message(lines === undefined ? 'the ledger gives no answer, so that what has queued is not known' : backlogTable(lines, maxAgeMs !== undefined, view));
    if (options.dryRun) {
      terminal.message(view.colors.dim('a dry run: nothing was changed'));
      return { controls: [], done: `${text} would go on` };
    }
    if (!(await requireYes(context, options.yes === true, `let ${text} go on?`))) return undefined;
    return { controls, done: `${text} goes on; what has queued is decided again` };
  });
};
