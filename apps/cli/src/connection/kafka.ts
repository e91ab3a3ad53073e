import { connect } from 'node:net';
import { firstContact, KafkaBroker, type Broker, type KafkaOptions } from '@countersign/bus/client';
import { CountersignError, codeOf, messageOf, seconds } from '@countersign/kernel';
import { KAFKA_VARIABLES, KafkaConfig, kafkaOptions, readConfig } from '@countersign/service/client';
import type { CommandContext } from '../command-context.js';
import { commandLine } from '../terminal/command-line.js';
import { Interrupted } from '../terminal/failure.js';
import { readSettings } from './settings.js';

/** Kafka as the command line uses it. */
export interface Kafka {
  readonly broker: Broker;
  readonly namespace: string;
  /** Of each topic of the log. */
  readonly partitions: number;
  readonly tenants: readonly string[];
}

const CLIENT_ID = 'countersign-cli';

/** How to reach Kafka: from `client.json` and the environment. Throws where that is not known, or not as it must be. */
export const readKafkaConfig = (context: CommandContext): KafkaConfig => {
  const settings = readSettings(context);
  const variables = settings.kafka(KAFKA_VARIABLES);
  if (!variables['KAFKA_BROKERS']) throw settings.missing('the address of Kafka', 'KAFKA_BROKERS');
  return readConfig(KafkaConfig, variables, KAFKA_VARIABLES);
};

/** Longer than a connection on any network takes. */
const KNOCK_TIMEOUT = seconds(3);

const answers = (address: string): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
  socket.setTimeout(KNOCK_TIMEOUT, () => resolve(false));
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
};

/** Where no port is open there is nothing to wait for: no stack runs. Throws `BROKER_UNREACHABLE`. */
const knock = async (brokers: readonly string[]): Promise<void> => {
  const found = await Promise.all(brokers.map(answers));
  if (!found.includes(true)) throw new CountersignError('BROKER_UNREACHABLE', `nothing answers at ${brokers.map((broker) => `\`${broker}\``).join(', ')}`, { retry: 'later' });
};

/** A person should not wait for what is not there, and calls to Kafka go on trying for half a minute: what takes a connection may never answer. */
const reach = async (options: KafkaOptions): Promise<void> => {
  await knock(options.brokers);
  await firstContact(options);
};

const explained = (fault: unknown, context: CommandContext): unknown =>
  codeOf(fault) === 'BROKER_UNREACHABLE' && fault instanceof CountersignError && fault.hint === undefined
    ? new CountersignError('BROKER_UNREACHABLE', messageOf(fault), { retry: fault.retry, cause: fault, hint: `\`${commandLine('dev status', context.env)}\` shows what runs, \`${commandLine('dev up', context.env)}\` starts it` })
    : fault;

/** Rejects when the person gives up: a call that waits for Kafka cannot be told to. */
const givenUp = (signal: AbortSignal): { readonly promise: Promise<never>; release(): void } => {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Interrupted());
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  // Where nobody waits for it any more it is no fault.
  promise.catch(() => undefined);
  return { promise, release: () => signal.removeEventListener('abort', stop) };
};

/** Works with Kafka, as the user of the command line unless told otherwise, and closes the connection whatever happens. */
export const withKafka = async <Result>(context: CommandContext, work: (kafka: Kafka) => Promise<Result>, config = readKafkaConfig(context)): Promise<Result> => {
  const { namespace, partitions, tenants } = config;
  const options = kafkaOptions(config, CLIENT_ID);
  const broker = new KafkaBroker(options);
  const stop = givenUp(context.signal);
  context.terminal.progress('connecting to Kafka');
  try {
    await Promise.race([reach(options), stop.promise]);
    return await Promise.race([work({ broker, namespace, partitions, tenants }), stop.promise]);
  } catch (fault) {
    throw explained(fault, context);
  } finally {
    context.terminal.progress('');
    stop.release();
    await broker.close();
  }
};
