export { startAuthorizationServer } from './authorization-server.js';
export type { AuthorizationOptions, AuthorizationServer } from './authorization-server.js';
export { json, startServer } from './local-server.js';
export type { LocalServer, Reply, Taken } from './local-server.js';
export { startSts } from './sts-server.js';
export type { StsOptions, StsServer, StsSession } from './sts-server.js';
