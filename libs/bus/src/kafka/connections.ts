import { CountersignError, messageOf, type Millis } from '@countersign/kernel';
import { silentLog, type BusLog } from '../bus-log.js';
import { Backoff, KAFKA, unreachable } from './faults.js';
import { quietenRequestQueues } from './idle-request-queue.js';
import { ApiVersionsApi, exchangeOf, exchangeOfVersion, type Api } from './kafkajs-codec.js';
import { Connection, createLogger, type ApiVersions, type CheckedExchange, type ConnectionSettings, type Exchange, type RawConnection } from './kafkajs-internals.js';
import { CONNECT_TIMEOUT, openSocket, REQUEST_TIMEOUT, SASL_MECHANISM, type KafkaOptions } from './kafka-options.js';

/** kafkajs logs each attempt that fails, with stacks and sometimes with what was sent; what is wrong is said here, and once. */
const NO_KAFKAJS_LOG = { level: 0, logCreator: () => () => undefined } as const;
/** `ApiVersions` in the newest form that kafkajs knows; every Kafka since 2.0 takes it. */
const API_VERSIONS_VERSION = 2;
/** Kafka answers one request of a connection after the other, so what may wait at the broker gets a connection of its own. */
export type Lane = string;
/** Any broker of the cluster. */
export const ANY_NODE = -1;

interface Address {
  readonly host: string;
  readonly port: number;
}

interface Line {
  readonly connection: RawConnection;
  readonly versions: ApiVersions;
}

const parseAddress = (text: string): Address => {
  const at = text.lastIndexOf(':');
  const port = Number(text.slice(at + 1));
  if (at < 1 || !Number.isInteger(port)) throw new CountersignError('CONFIG_INVALID', `\`${text}\` is no Kafka broker such as \`localhost:9092\``);
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port };
};

/** The connections to a cluster: one per node and lane, opened when needed, opened again when they broke. */
export class Connections {
  readonly log: BusLog;
  readonly #settings: Omit<ConnectionSettings, 'host' | 'port'>;
  readonly #seeds: readonly Address[];
  readonly #nodes = new Map<number, Address>();
  readonly #lines = new Map<string, Promise<Line>>();
  /** Addresses that did not answer, and until when nobody asks them again, however many want to. */
  readonly #barred = new Map<string, { readonly until: number; readonly fault: CountersignError; readonly backoff: Backoff }>();
  #seed = 0;
  #closed = false;

  constructor({ brokers, clientId, sasl, ssl, log = silentLog }: KafkaOptions) {
    quietenRequestQueues();
    this.log = log;
    this.#seeds = brokers.map(parseAddress);
    if (this.#seeds.length === 0) throw new CountersignError('CONFIG_INVALID', 'no Kafka broker is named');
    this.#settings = {
      clientId,
      logger: createLogger(NO_KAFKAJS_LOG),
      socketFactory: openSocket,
      ssl: ssl === undefined || ssl === false ? null : ssl,
      sasl: sasl ? { mechanism: SASL_MECHANISM, ...sasl } : null,
      connectionTimeout: CONNECT_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      // Its checks are a timer of 100 ms per connection, and what they end stays connected; see `#answer`.
      enforceRequestTimeout: false,
    };
  }

  /** Where the nodes are, as metadata or a coordinator look-up said. */
  learnNode(node: number, address: Address): void {
    this.#nodes.set(node, address);
  }

  /** A request in kafkajs' codec. `patience`: how long the broker may take on purpose. */
  async call<Input, Answer>(node: number, lane: Lane, api: Api<Input, Answer>, input: Input, patience?: Millis): Promise<Answer> {
    const line = await this.#line(node, lane);
    return this.#answer(node, lane, line, exchangeOf(line.versions, api, input), patience);
  }

  /** A request of our own codec. */
  async exchange<Answer>(node: number, lane: Lane, exchange: Exchange<Answer>, patience?: Millis): Promise<Answer> {
    return this.#answer(node, lane, await this.#line(node, lane), exchange, patience);
  }

  /** Ends every connection; whatever waits for an answer fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    for (const line of await Promise.allSettled(lines)) if (line.status === 'fulfilled') hangUp(line.value.connection, new Error('closed'));
  }

  #line(node: number, lane: Lane): Promise<Line> {
    if (this.#closed) return Promise.reject(new CountersignError('BROKER_UNREACHABLE', 'the connection to Kafka is closed'));
    const key = `${node}/${lane}`;
    const known = this.#lines.get(key);
    if (known) return known;
    const made = this.#open(node);
    this.#lines.set(key, made);
    made.catch(() => this.#lines.delete(key));
    return made;
  }

  #address(node: number): Address {
    const known = node === ANY_NODE ? undefined : this.#nodes.get(node);
    if (known) return known;
    // Seeds in turn, then nodes that were heard of: the seeds may all be gone by now.
    const all = [...this.#seeds, ...this.#nodes.values()];
    const address = all[(this.#seed += 1) % all.length];
    if (!address) throw new CountersignError('CONFIG_INVALID', 'no Kafka broker is named');
    return address;
  }

  async #open(node: number): Promise<Line> {
    const address = this.#address(node);
    const where = `${address.host}:${address.port}`;
    const barred = this.#barred.get(where);
    if (barred && performance.now() < barred.until) throw barred.fault;
    const connection = new Connection({ ...this.#settings, ...address });
    try {
      await connection.connect();
      const versions = await within(CONNECT_TIMEOUT, connection, introduce(connection));
      if (this.#closed) throw new Error('closed');
      this.#barred.delete(where);
      return { connection, versions };
    } catch (cause) {
      hangUp(connection, new Error('not opened'));
      const fault = isAuthentication(cause) ? new CountersignError('BROKER_REFUSED', `Kafka at ${where} refused the login: ${messageOf(cause)}`, { cause }) : unreachable(where, cause);
      const backoff = barred?.backoff ?? new Backoff();
      this.#barred.set(where, { fault, backoff, until: performance.now() + backoff.next() });
      throw fault;
    }
  }

  async #answer<Answer>(node: number, lane: Lane, line: Line, exchange: Exchange<Answer>, patience = 0): Promise<Answer> {
    const { connection } = line;
    try {
      return await within(REQUEST_TIMEOUT + patience, connection, connection.send(unchecked(exchange)));
    } catch (fault) {
      if (fault instanceof CountersignError) throw fault;
      // The connection may be fine, but what lies in it is not known any more: the next request gets a new one.
      const key = `${node}/${lane}`;
      if ((await this.#lines.get(key)?.catch(() => undefined)) === line) this.#lines.delete(key);
      hangUp(connection, new Error('given up'));
      throw unreachable(`${lane} of node ${node}`, fault);
    }
  }
}

/** Error codes are read by who asked, partition by partition; kafkajs' own `parse` would throw at the first one. */
const unchecked = <Answer>({ request, response: { decode } }: Exchange<Answer>): CheckedExchange<Answer> => ({
  request,
  response: { decode, parse: (decoded) => Promise.resolve(decoded) },
});

/** Asks for the versions and logs in; on a connection that nobody uses yet. */
const introduce = async (connection: RawConnection): Promise<ApiVersions> => {
  const { errorCode, apiVersions } = await connection.send(unchecked(exchangeOfVersion(API_VERSIONS_VERSION, ApiVersionsApi, undefined)));
  if (errorCode !== KAFKA.none) throw new Error(`the broker does not tell its versions (error ${errorCode})`);
  const versions = Object.fromEntries(apiVersions.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { minVersion, maxVersion }]));
  connection.setVersions(versions);
  connection.setSupportAuthenticationProtocol(true);
  await connection.authenticate();
  return versions;
};

/** What waits on the connection fails, and the socket is gone at once: kafkajs' own `disconnect` would wait for answers. */
const hangUp = (connection: RawConnection, reason: Error): void => {
  connection.rejectRequests(reason);
  connection.socket?.destroy();
  connection.disconnect().catch(() => undefined);
};

const within = async <Result>(patience: number, connection: RawConnection, promise: Promise<Result>): Promise<Result> => {
  const timer = setTimeout(() => hangUp(connection, new Error(`no answer within ${patience} ms`)), patience);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
};

const isAuthentication = (fault: unknown): boolean =>
  fault instanceof Error && (fault.name === 'KafkaJSSASLAuthenticationError' || ('type' in fault && /^(UNSUPPORTED_)?SASL_/.test(String(fault.type))));
