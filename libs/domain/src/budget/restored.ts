import type { ControlState } from '../control/control-state.js';
import { scopeKey } from '../control/stops.js';
import type { Degraded } from './spending.js';

/** Whether a quorum of operators has said, after it was degraded, that the workflow (`tenant/workflow`) works as usual again: by letting go a mode of it. */
export const isRestored = ({ epoch }: Degraded, workflow: string, { stops }: ControlState): boolean => {
  const mode = stops.modes.get(scopeKey({ scope: 'workflow', value: workflow }));
  return mode !== undefined && mode.mode === 'normal' && mode.lifts !== undefined && mode.epoch > epoch;
};
