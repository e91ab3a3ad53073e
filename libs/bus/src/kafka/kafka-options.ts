import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { seconds } from '@countersign/kernel';
import type { BusLog } from '../bus-log.js';

export interface KafkaOptions {
  /** `host:port` of at least one broker of the cluster. */
  readonly brokers: readonly string[];
  /** Shows in the broker's logs and metrics. */
  readonly clientId: string;
  readonly sasl?: SaslOptions;
  /** TLS: `true` for the system's authorities, or Node's own options (`ca`, `cert`, `key`). */
  readonly ssl?: boolean | ConnectionOptions;
  readonly log?: BusLog;
}

/** With `plain` the broker sees the password, and so does whoever listens on the way: only over TLS, or on the own machine. */
export type SaslMechanism = 'scram-sha-512' | 'scram-sha-256' | 'plain';

export interface SaslOptions {
  /** `SASL_MECHANISM` unless given. */
  readonly mechanism?: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

/** What the local stack's users have. */
export const SASL_MECHANISM = 'scram-sha-512';

/** A busy machine can take seconds for a TLS and SCRAM handshake; a port that nobody listens on refuses at once. */
export const CONNECT_TIMEOUT = seconds(10);
/** Between a request and the thought that the connection is dead. Requests that wait at the broker add their own wait. */
export const REQUEST_TIMEOUT = seconds(15);
/** As kafkajs has it: a dead peer is noticed after a minute of silence. */
const KEEP_ALIVE_DELAY = seconds(60);

interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl?: boolean | ConnectionOptions | null;
  readonly onConnect: () => void;
}

/** Small requests leave at once: with Nagle's algorithm an append would wait for the acknowledgement of the one before. */
export const openSocket = ({ host, port, ssl, onConnect }: SocketRequest): Socket => {
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...(ssl === true ? {} : ssl) }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
  return socket;
};
