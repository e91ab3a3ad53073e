import type { Event, StopScope } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import type { ControlPlace } from './control-state.js';
import { scopeKey, scopeText, type KillSwitch, type ModeSetting, type Scope, type Stops } from './stops.js';

export const STOP_CONTROLS = ['countersign.kill-switch.set', 'countersign.kill-switch.lifted', 'countersign.mode.changed'] as const;

/** Names in a scope's value. */
const DEPTHS: Readonly<Record<StopScope, number>> = { all: 0, tenant: 1, workflow: 2, run: 3, agent: 3, tool: 1 };

const depthOf = (value: string): number => (value === '' ? 0 : value.split('/').length);

/** The stops after a control, or why it is void. */
export const evolveStops = (stops: Stops, { type, actor, data }: Event<(typeof STOP_CONTROLS)[number]>, { offset, timestamp }: ControlPlace): Stops | { readonly fault: string } => {
  const { scope, value, reason } = data;
  if (depthOf(value) !== DEPTHS[scope]) return { fault: `\`${scopeText(data)}\` is no ${scope}` };
  const key = scopeKey(data);
  const stop = { scope, value, reason, epoch: offset, at: timestamp as Instant, by: actor };
  switch (type) {
    case 'countersign.kill-switch.set':
      return { ...stops, kills: setIn(stops.kills, key, { ...stop, stands: true }), newestKill: offset };
    case 'countersign.kill-switch.lifted': {
      const known = stops.kills.get(key);
      return known?.stands ? { ...stops, kills: setIn<KillSwitch>(stops.kills, key, { ...known, stands: false }) } : { fault: `${scopeText(data)} is not killed` };
    }
    case 'countersign.mode.changed': {
      const { mode, from, everyMs, maxAgeMs } = data;
      const before = stops.modes.get(key)?.mode ?? 'normal';
      // Whoever may stop alone may not let go on alone, not even half of the way.
      if (mode === 'read-only' && before === 'safe' && from !== 'safe') return { fault: `${scopeText(data)} is in mode \`safe\`, and \`read-only\` would loosen it` };
      const setting: ModeSetting = { ...stop, mode, ...(everyMs !== undefined && { everyMs }), ...(maxAgeMs !== undefined && { maxAgeMs }) };
      return { ...stops, modes: setIn(stops.modes, key, setting) };
    }
  }
};

/** Whether a control only ever stops: one operator suffices then, whatever the quorum. */
export const narrows = (event: Event): boolean =>
  event.type === 'countersign.kill-switch.set' || (event.type === 'countersign.mode.changed' && (event.data.mode === 'safe' || (event.data.mode === 'read-only' && event.data.from === undefined)));

/** What a control of a person is for, where it is for a part of the whole. */
export const scopeOf = (event: Event): Scope | undefined =>
  event.type === 'countersign.kill-switch.set' || event.type === 'countersign.kill-switch.lifted' || event.type === 'countersign.mode.changed' ? event.data : undefined;

const setIn = <Value>(map: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> => new Map([...map, [key, value]]);
