import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { givenServer, tenantOfServer, type ServerOptions } from './given-server.js';
import { pinServer } from './set-up.js';
import { inTurn } from './turn.js';

/** Whoever says yes has read what the server says of its tools. */
export const pinTools: Action<ServerOptions & { readonly yes?: boolean }> = (context, { args, options }) => {
  const server = givenServer(context, args, options);
  return inTurn(context.dataDir, context.signal, () => withKafka(context, (kafka) => pinServer(context, kafka, { ...server, tenant: tenantOfServer(options, kafka.tenants) }, options.yes === true)));
};
