import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

/**
 * What is used of kafkajs 2.2.4 below its public surface: its connections (framing, SASL) and, in `kafkajs-codec.ts`, its codec.
 * Its consumer and producer are not used; an ADR says why. The version is pinned, and the specs run on a real broker.
 */
export const loadKafkajs = createRequire(import.meta.url);

/** What a request is made of: the bytes behind its header, and how the answer is read. */
export interface Exchange<Answer> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: { readonly decode: (raw: Buffer) => Promise<Answer> };
}

/** With kafkajs' own step from a decoded answer to an error. */
export interface CheckedExchange<Answer> extends Exchange<Answer> {
  readonly response: { readonly decode: (raw: Buffer) => Promise<Answer>; readonly parse: (decoded: Answer) => Promise<Answer> };
}

/** Versions of each request that a broker takes, by the request's key. */
export type ApiVersions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;

export interface RawConnection {
  readonly requestQueue: RequestQueue;
  readonly socket?: Socket;
  connect(): Promise<true>;
  authenticate(): Promise<void>;
  isConnected(): boolean;
  setVersions(versions: ApiVersions): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  send<Answer>(exchange: CheckedExchange<Answer>): Promise<Answer>;
  rejectRequests(fault: Error): void;
  disconnect(): Promise<true>;
}

export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly logger: unknown;
  readonly socketFactory: unknown;
  readonly ssl: boolean | ConnectionOptions | null;
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | null;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
}

export interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  readonly throttleCheckTimeoutId: unknown;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

interface ErrorEntry {
  readonly code: number;
  readonly type: string;
  readonly retriable: boolean;
}

export const Connection: new (settings: ConnectionSettings) => RawConnection = loadKafkajs('kafkajs/src/network/connection.js');

const queues: { readonly prototype: RequestQueue } = loadKafkajs('kafkajs/src/network/requestQueue/index.js');
export const requestQueuePrototype = queues.prototype;

const loggers: { readonly createLogger: (options: { readonly level: number; readonly logCreator: unknown }) => unknown } = loadKafkajs('kafkajs/src/loggers/index.js');
export const { createLogger } = loggers;

const errors: { readonly errorCodes: readonly ErrorEntry[] } = loadKafkajs('kafkajs/src/protocol/error.js');
/** Kafka's error codes, with what kafkajs knows of them. */
export const ERRORS: ReadonlyMap<number, ErrorEntry> = new Map(errors.errorCodes.map((entry) => [entry.code, entry]));
