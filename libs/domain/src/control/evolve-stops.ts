import type { Event } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import { isAmong } from '../event-type.js';
import type { ControlPlace } from './control-state.js';
import { isScope, scopeKey, scopeText, type KillSwitch, type ModeSetting, type Scope, type Stops } from './stops.js';

export const STOP_CONTROLS = ['countersign.kill-switch.set', 'countersign.kill-switch.lifted', 'countersign.mode.changed'] as const;

export type StopControl = Event<(typeof STOP_CONTROLS)[number]>;

/** The stops after a control, or why it is void. What lets go on changes nothing until a quorum has signed it: others add to it by signing the same bytes. */
export const evolveStops = (stops: Stops, event: StopControl, { offset, timestamp, quorate }: ControlPlace): Stops | { readonly fault: string } => {
  const { actor, data } = event;
  const { scope, value, reason } = data;
  if (!isScope(data)) return { fault: `\`${scopeText(data)}\` is no ${scope}` };
  if (!quorate && !narrows(event)) return stops;
  const key = scopeKey(data);
  const stop = { scope, value, reason, epoch: offset, at: timestamp as Instant, by: actor };
  switch (event.type) {
    case 'countersign.kill-switch.set':
      return { ...stops, kills: setIn(stops.kills, key, { ...stop, stands: true }), newestKill: offset };
    case 'countersign.kill-switch.lifted': {
      const known = stops.kills.get(key);
      if (!known?.stands) return { fault: `${scopeText(data)} is not killed` };
      return known.epoch === event.data.lifts ? { ...stops, kills: setIn<KillSwitch>(stops.kills, key, { ...known, stands: false }) } : { fault: anotherStands(data, event.data.lifts, known.epoch) };
    }
    case 'countersign.mode.changed': {
      const { mode, lifts } = event.data;
      const before = stops.modes.get(key);
      if (lifts !== undefined && lifts !== before?.epoch) return { fault: anotherStands(data, lifts, before?.epoch) };
      const stands = before?.mode ?? 'normal';
      // Whoever may stop alone may not let go on alone, not even half of the way.
      if (lifts === undefined && MODES.indexOf(mode) <= MODES.indexOf(stands)) return { fault: `${scopeText(data)} is in mode \`${stands}\`, and \`${mode}\` is no stricter` };
      // Nor faster: what is let go all the same keeps the pace that the quorum has set.
      const pace = paceOf(lifts === undefined ? before : event.data);
      const setting: ModeSetting = { ...stop, mode, ...(lifts !== undefined && { lifts }), ...pace };
      return { ...stops, modes: setIn(stops.modes, key, setting) };
    }
  }
};

const paceOf = ({ everyMs, maxAgeMs }: Pick<ModeSetting, 'everyMs' | 'maxAgeMs'> = {}): Pick<ModeSetting, 'everyMs' | 'maxAgeMs'> => ({ ...(everyMs !== undefined && { everyMs }), ...(maxAgeMs !== undefined && { maxAgeMs }) });

/** Whether a control can only stop: one operator suffices then, whatever the quorum. A mode that names none that it lifts is void where it is no stricter. */
export const narrows = (event: Event): boolean =>
  event.type === 'countersign.kill-switch.set' || (event.type === 'countersign.mode.changed' && event.data.lifts === undefined);

/** What a control of a person is for, where it is for a part of the whole. */
export const scopeOf = (event: Event): Scope | undefined => (isAmong(event, STOP_CONTROLS) ? event.data : undefined);

/** It was signed for another stop: too late, or written once more by somebody who has no key. */
const anotherStands = (scope: Scope, lifts: number, stands: number | undefined): string => `it lifts control ${lifts} of ${scopeText(scope)}, and ${stands === undefined ? 'none' : `control ${stands}`} stands`;

/** From the loosest to the strictest. */
const MODES = ['normal', 'read-only', 'safe'];

const setIn = <Value>(map: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> => new Map([...map, [key, value]]);
