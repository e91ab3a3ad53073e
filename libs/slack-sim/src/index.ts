export { messageFaults, modalFaults } from './block-rules.js';
export type { Answer, Delivery } from './callbacks.js';
export { LOCAL_SLACK } from './local.js';
export { buttonsOf, SlackSim } from './slack-sim.js';
export type { CallSeen, SlackSimOptions, Trouble } from './slack-sim.js';
export type { SimBlock, SimMessage, SimModal, SimUser, SimView, SimWhisper } from './workspace.js';
