import { CallRefused } from '@countersign/outbound';
import type { Connection, HttpConnection } from './connections.js';

/** The connection is a program, and the tool is to be reached over the network. */
export const CONNECTION_WITHOUT_URL = 'connection.no-url';

export const requireUrl = (connection: Connection): HttpConnection => {
  if ('url' in connection) return connection;
  throw new CallRefused(CONNECTION_WITHOUT_URL);
};
