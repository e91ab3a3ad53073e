import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { firstContact, KafkaAdmin, KafkaBroker } from '@countersign/bus';
import { SERVICES, type Service } from '@countersign/contracts';
import { codeOf, CountersignError, messageOf, type Instant } from '@countersign/kernel';
import { LOCAL_SLACK_CHANNEL } from '@countersign/tools';
import { loadRoot } from '@countersign/identity';
import { DEFAULT_RESTART_POLICY, freePorts, KAFKA_ADMIN, type ServiceSpec, type StackContext, type StackDefinition } from '@countersign/stack';
import { announceKeys } from './announce-keys.js';
import { prepareArchive, witnessedBy, type LocalArchive } from './local-archive.js';
import { buildWitness, localWitness, type LocalWitness } from './local-witness.js';
import { KafkaAccess, principalsOf } from './kafka-access.js';
import { restoreKafka, startSafe } from './restore.js';
import { readOrCreateToken, readPrivateObject, writePrivate } from './private-files.js';
import { LOCAL_APPROVER, LOCAL_PERSON, prepareKeys, type StackKeys } from './stack-keys.js';
import { readStackOptions, remembered } from './stack-options.js';
import { databaseOf, examplesDatabaseOf } from './stack-databases.js';
import { entryOf, stackPaths } from './stack-paths.js';
import { commandLine } from '../terminal/command-line.js';

/** Runs in the process of the stack: it hands the options over through the environment, see `stack-options.ts`. */
const stackDir = process.argv[2] ?? '.countersign';
const options = readStackOptions(stackDir, process.env);
/** What Kafka takes for its own default. */
const BROKERS_DEFAULT = -1;
const EXAMPLES = { payments: 'examples/refund-desk', github: 'examples/issue-triage' } as const;
type Example = keyof typeof EXAMPLES;
/** A real workspace of Slack, where this environment has its tokens. */
const SLACK_SETTINGS = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET', 'SLACK_PORT', 'SLACK_CHANNEL', 'SLACK_API_URL'] as const;
const SLACK_SIM = 'slack-sim';

interface Prepared {
  readonly access: KafkaAccess;
  readonly keys: StackKeys;
  readonly paths: ReturnType<typeof stackPaths>;
  readonly ports: Readonly<Record<'ledger' | Example | typeof SLACK_SIM, number>>;
  readonly database: string;
  readonly examplesDatabase: string;
  readonly archive: LocalArchive;
}

const replicasOf = (service: Service): number => Number(options.replicas.find((entry) => entry.startsWith(`${service}=`))?.split('=')[1] ?? 1);

const serviceSpec = (service: Service, { access, keys, paths, ports, database, archive }: Prepared): ServiceSpec => ({
  name: service,
  entry: entryOf(`apps/${service}`),
  replicas: replicasOf(service),
  env: {
    ...access.environment(service),
    COUNTERSIGN_NAMESPACE: options.namespace,
    COUNTERSIGN_TENANTS: options.tenants.join(','),
    COUNTERSIGN_PARTITIONS: String(options.partitions),
    COUNTERSIGN_SESSION_TIMEOUT_MS: String(options.sessionTimeoutMs),
    COUNTERSIGN_KEY_FILE: keys.services[service].file,
    COUNTERSIGN_ROOT_FILE: keys.rootFile,
    COUNTERSIGN_BLOB_FOLDER: paths.blobs,
    LOG_LEVEL: options.logLevel,
    ...telemetryEnvironment(),
    ...(service === 'policy' && options.policyEngine !== undefined ? { COUNTERSIGN_POLICY_ENGINE: options.policyEngine } : {}),
    ...(service === 'executor' ? { COUNTERSIGN_CONNECTIONS_FILE: paths.connections, COUNTERSIGN_DATA_KEYS: paths.dataKeys, ...credentialVariables() } : {}),
    ...(service === 'webhooks' ? { COUNTERSIGN_WEBHOOKS_FILE: paths.webhooks } : {}),
    ...(service === 'slack' ? slackEnvironment(paths, ports[SLACK_SIM]) : {}),
    ...(service === 'ledger' ? { DATABASE_URL: database, COUNTERSIGN_LEDGER_PORT: String(ports.ledger), COUNTERSIGN_LEDGER_TOKEN_FILE: paths.ledgerToken, ...archive.environment } : {}),
  },
  healthPath: '/healthz',
});

/** The standard variables of OpenTelemetry reach every service; nothing else of this environment does. */
const telemetryEnvironment = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (name.startsWith('OTEL_') && value !== undefined ? [[name, value]] : [])));

/** What connections may take from the environment reaches the executor alone, and only by the names that this list has. */
const credentialVariables = (): Record<string, string> => {
  const listed = process.env['COUNTERSIGN_CREDENTIAL_VARIABLES'];
  if (listed === undefined) return {};
  const names = ['COUNTERSIGN_CREDENTIAL_VARIABLES', ...listed.split(',').map((name) => name.trim())];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
};

/** Tokens of the stand-in, made with the data: they open nothing else. */
const simTokens = ({ secrets }: Prepared['paths']): Record<string, string> => ({
  SLACK_BOT_TOKEN: `xoxb-${readOrCreateToken(join(secrets, 'slack-bot.token')).replaceAll('_', '-')}`,
  SLACK_APP_TOKEN: `xapp-${readOrCreateToken(join(secrets, 'slack-app.token')).replaceAll('_', '-')}`,
});

/** What opens Slack reaches the Slack service alone. */
const slackEnvironment = (paths: Prepared['paths'], port: number): Record<string, string> => {
  if (options.slackSim) return { ...simTokens(paths), SLACK_API_URL: `http://127.0.0.1:${port}/api/`, SLACK_CHANNEL: LOCAL_SLACK_CHANNEL };
  return Object.fromEntries(SLACK_SETTINGS.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
};

const runsSlack = (): boolean => options.slackSim || process.env['SLACK_BOT_TOKEN'] !== undefined;

const simSpec = ({ paths, ports }: Prepared): ServiceSpec => ({ name: SLACK_SIM, entry: entryOf('libs/slack-sim'), env: { PORT: String(ports[SLACK_SIM]), ...simTokens(paths) }, healthPath: '/healthz' });

const exampleSpec = (example: Example, { paths, ports, examplesDatabase }: Prepared): ServiceSpec => ({
  name: example,
  entry: entryOf(EXAMPLES[example]),
  env: {
    PORT: String(ports[example]),
    API_TOKEN: readOrCreateToken(join(paths.secrets, `${example}.token`)),
    ...(example === 'payments' ? { DATABASE_URL: examplesDatabase, FAULT_SWITCHES: 'on' } : {}),
  },
  // The local GitHub has no health of its own; this one takes nothing and is not limited.
  healthPath: example === 'payments' ? '/healthz' : '/rate_limit',
});

const writeConnections = ({ paths, ports }: Prepared): void => {
  const examples: readonly Example[] = options.examples ? ['payments', 'github'] : [];
  const connections = Object.fromEntries(examples.map((name) => [name, { url: `http://127.0.0.1:${ports[name]}`, allowPrivate: true, token: readOrCreateToken(join(paths.secrets, `${name}.token`)) }]));
  // What people have put there themselves stays.
  writePrivate(paths.connections, `${JSON.stringify({ ...readPrivateObject(paths.connections), ...connections }, undefined, 2)}\n`);
};

const writeClient = ({ access, keys, paths, ports, archive }: Prepared): void => {
  const client = {
    schema: 1,
    namespace: options.namespace,
    partitions: options.partitions,
    tenants: options.tenants,
    ...access.client(),
    ledger: { url: `http://127.0.0.1:${ports.ledger}`, tokenFile: paths.ledgerToken },
    person: { subject: LOCAL_PERSON, keyFile: keys.person.file },
    approver: { subject: LOCAL_APPROVER, keyFile: keys.approver.file },
    rootFile: keys.rootFile,
    dataKeys: paths.dataKeys,
    archive: archive.client,
  };
  writePrivate(paths.client, `${JSON.stringify(client, undefined, 2)}\n`);
};

const prepareNamespace = async (access: KafkaAccess, external: boolean, restore?: () => Promise<void>): Promise<void> => {
  const admin = new KafkaAdmin(access.kafka(KAFKA_ADMIN));
  const { namespace, tenants, partitions } = options;
  // On a cluster of others, how often a record is copied is for its brokers to say.
  const replicationFactor = external ? BROKERS_DEFAULT : 1;
  try {
    const durability = { replicationFactor, minInsyncReplicas: 1 };
    if (restore) {
      await admin.createForRestore({ namespace, tenants, partitions }, durability);
      await restore();
      await admin.openRestored({ namespace, tenants, partitions }, durability);
    } else await admin.createTopics({ namespace, tenants, partitions }, durability);
    // Who may do what on a Kafka that is not ours is for its own administrators to say.
    if (!external) await admin.grantAccess(namespace, tenants);
  } finally {
    await admin.close();
  }
};

/** A witness of the archive, where one is asked for. */
const prepareWitness = async (context: StackContext, paths: Prepared['paths'], { client: { anchor } }: LocalArchive, port: number): Promise<LocalWitness | undefined> => {
  if (!options.witness) return undefined;
  context.step('building the witness');
  return localWitness({ programs: await buildWitness(), seedFile: resolve(paths.witnessSeed), database: resolve(paths.witness), port }, anchor);
};

/** Only a Kafka that is not ours may not be there. */
const reach = async (brokers: readonly string[]): Promise<void> => {
  const access = new KafkaAccess({ external: true, brokers }, stackPaths(stackDir).secrets, options.tenants);
  try {
    await firstContact(access.kafka(KAFKA_ADMIN));
  } catch (fault) {
    if (codeOf(fault) !== 'BROKER_UNREACHABLE') throw fault;
    const hint = `start it, or correct KAFKA_BROKERS, KAFKA_TLS and KAFKA_SASL_MECHANISM; without KAFKA_BROKERS \`${commandLine('dev up', process.env)}\` starts a Kafka of its own`;
    throw new CountersignError('BROKER_UNREACHABLE', messageOf(fault), { retry: 'later', cause: fault, hint });
  }
};

const prepare = async (context: StackContext): Promise<readonly ServiceSpec[]> => {
  const { kafka, postgres } = context;
  if (!kafka || !postgres) throw new Error('the stack has no Kafka or no PostgreSQL');
  const paths = stackPaths(stackDir);
  const access = new KafkaAccess(kafka, paths.secrets, options.tenants);
  const keys = prepareKeys(stackDir);
  const archive = await prepareArchive(paths, options, process.env);
  const [ledger = 0, payments = 0, github = 0, slackSim = 0, witnessPort = 0] = await freePorts(5);
  const witness = await prepareWitness(context, paths, archive, witnessPort);
  context.step('creating topics and access rules');
  let newest: Instant | undefined;
  const restore = async (): Promise<void> => {
    newest = await restoreKafka({ kafka: access.kafka(KAFKA_ADMIN), archive: archive.client, options, root: loadRoot(keys.rootFile), witness, onStep: (step) => context.step(step) });
  };
  await prepareNamespace(access, kafka.external, options.restore ? restore : undefined);
  context.step('announcing keys');
  const broker = new KafkaBroker(access.kafka('operator'));
  try {
    await announceKeys(broker, options.namespace, keys);
    if (newest !== undefined) await startSafe(broker, options.namespace, keys, newest);
  } finally {
    await broker.close();
  }
  readOrCreateToken(paths.ledgerToken);
  const prepared: Prepared = {
    access,
    keys,
    paths,
    ports: { ledger, payments, github, [SLACK_SIM]: slackSim },
    // What it has may be ahead of what the archive had.
    database: await postgres.database(databaseOf(options.namespace), { anew: options.restore }),
    archive: witness ? witnessedBy(archive, witness) : archive,
    examplesDatabase: options.examples ? await postgres.database(examplesDatabaseOf(options.namespace)) : '',
  };
  writePrivate(paths.options, `${JSON.stringify(remembered(options), undefined, 2)}\n`);
  writeConnections(prepared);
  writeClient(prepared);
  writePrivate(paths.ledgerEnvironment, `${JSON.stringify(serviceSpec('ledger', prepared).env, undefined, 2)}\n`);
  const examples: readonly Example[] = options.examples ? ['payments', 'github'] : [];
  // What is told outside runs where there is somebody to tell.
  const runs: Readonly<Partial<Record<Service, boolean>>> = { slack: runsSlack(), webhooks: existsSync(paths.webhooks) };
  const services = SERVICES.filter((service) => runs[service] ?? true);
  return [...(options.slackSim ? [simSpec(prepared)] : []), ...(witness ? [witness.spec] : []), ...services.map((service) => serviceSpec(service, prepared)), ...examples.map((example) => exampleSpec(example, prepared))];
};

/** The local stack: one Kafka node, PostgreSQL, every service as its own process, and the examples where they are asked for. */
export const stackDefinition: StackDefinition = {
  kafka: { users: principalsOf(options.tenants).map((name) => ({ name })), ...(options.kafkaLogFolder === undefined ? {} : { logDir: options.kafkaLogFolder }) },
  postgres: { database: databaseOf(options.namespace) },
  reach,
  prepare,
  restart: { ...DEFAULT_RESTART_POLICY, ...(options.restartAttempts === undefined ? {} : { attempts: options.restartAttempts }) },
};
