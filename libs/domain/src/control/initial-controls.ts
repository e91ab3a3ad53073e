import type { ControlState } from './control-state.js';

export const initialControls = (): ControlState => ({
  epoch: -1,
  files: { contract: new Map(), tool: new Map(), policy: new Map(), playbook: new Map(), approvers: new Map(), tenant: new Map() },
  keys: new Map(),
  redrives: [],
  faults: [],
});
