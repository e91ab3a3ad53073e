export { startAuthorizationServer } from './authorization-server.js';
export type { AuthorizationServer } from './authorization-server.js';
export { json, startServer } from './local-server.js';
export type { LocalServer, Reply, Taken } from './local-server.js';
export { startSts } from './sts-server.js';
export type { StsServer } from './sts-server.js';
export { startWitness } from './witness.js';
export type { LocalWitness } from './witness.js';
