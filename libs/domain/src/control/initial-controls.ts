import type { ControlState, FilesByHash } from './control-state.js';
import { NO_STOPS } from './stops.js';

const noFiles = (): FilesByHash => ({ contract: new Map(), tool: new Map(), policy: new Map(), playbook: new Map(), approvers: new Map(), tenant: new Map(), webhook: new Map() });

export const initialControls = (): ControlState => ({
  epoch: -1,
  published: noFiles(),
  files: noFiles(),
  authors: new Map(),
  allotments: [],
  pending: [],
  keys: new Map(),
  redrives: [],
  endedLogs: [],
  stops: NO_STOPS,
  faults: [],
});
