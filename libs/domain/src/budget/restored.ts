import type { ControlState } from '../control/control-state.js';
import { scopeKey } from '../control/stops.js';
import type { Degraded } from './spending.js';

/** Whether a person has said, after it was degraded, that the workflow (`tenant/workflow`) works as usual again: by its mode. */
export const isRestored = ({ epoch }: Degraded, workflow: string, { stops }: ControlState): boolean => {
  const mode = stops.modes.get(scopeKey({ scope: 'workflow', value: workflow }));
  return mode !== undefined && mode.mode === 'normal' && mode.epoch > epoch;
};
