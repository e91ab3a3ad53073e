import type { ControlState } from './control-state.js';
import { NO_STOPS } from './stops.js';

export const initialControls = (): ControlState => ({
  epoch: -1,
  files: { contract: new Map(), tool: new Map(), policy: new Map(), playbook: new Map(), approvers: new Map(), tenant: new Map() },
  keys: new Map(),
  redrives: [],
  stops: NO_STOPS,
  faults: [],
});
