import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type Admin } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KafkaAdmin } from '@countersign/bus';
import { topicName, type Service } from '@countersign/contracts';
import { fileSigner, keyIdOf, loadOrCreateKeyFile, rawPublicKeyOf } from '@countersign/identity';
import { signedControl } from '../support/control.ts';
import { eventually } from '../support/eventually.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { inWorkspace } from '../support/workspace.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;
const NAMESPACE = 'exit';

describe.skipIf(stackMissing !== undefined)(`a service that may not work any more${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, dataDir } = useStack();
  let folder = '';
  let admin: Admin;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-exit-'));
    const { brokers, sasl } = stack.kafkaOptions();
    // Topics and rights of its own: what is taken away here, the services of the shared stack keep.
    const namespaces = new KafkaAdmin(stack.kafkaOptions());
    await namespaces.createTopics({ namespace: NAMESPACE, tenants: ['acme'], partitions: 1 }, { replicationFactor: 1, minInsyncReplicas: 1 });
    await namespaces.grantAccess(NAMESPACE, ['acme']);
    await namespaces.close();
    admin = new Kafka({ brokers: [...brokers], sasl: { mechanism: 'scram-sha-512', ...sasl }, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await admin?.disconnect();
    rmSync(folder, { recursive: true, force: true });
  });

  const controls = { topic: topicName(NAMESPACE, 'controls'), partition: 0 };
  const keyFile = (service: Service): string => join(dataDir, 'keys', `${service}.pem`);
  const announce = async (service: Service): Promise<void> => {
    const publicKey = rawPublicKeyOf(loadOrCreateKeyFile(keyFile(service)));
    await stack.kafka().append(controls, [signedControl(stack, 'countersign.key.announced', { service, key: keyIdOf(publicKey), publicKey })]);
  };

  /** Its process, as soon as it runs. */
  const launch = (service: Service): { readonly child: ChildProcess; readonly log: () => string; readonly readyFile: string } => {
    const passwordFile = join(folder, `${service}.password`);
    writeFileSync(passwordFile, stack.password(service), { mode: 0o600 });
    const readyFile = join(folder, `${service}.ready`);
    const child = spawn(process.execPath, [inWorkspace(`apps/${service}/dist/main.js`)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        KAFKA_BROKERS: stack.client.brokers.join(','),
        KAFKA_USERNAME: service,
        KAFKA_PASSWORD_FILE: passwordFile,
        COUNTERSIGN_NAMESPACE: NAMESPACE,
        COUNTERSIGN_PARTITIONS: '1',
        COUNTERSIGN_TENANTS: 'acme',
        COUNTERSIGN_KEY_FILE: keyFile(service),
        COUNTERSIGN_ROOT_FILE: join(dataDir, 'keys/root.json'),
        COUNTERSIGN_BLOB_FOLDER: folder,
        COUNTERSIGN_SESSION_TIMEOUT_MS: '6000',
        SERVICE_NAME: service,
        READY_FILE: readyFile,
      },
    });
    children.push(child);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (log += bytes.toString('utf8')));
    return { child, log: () => log, readyFile };
  };

  const start = async (service: Service): Promise<{ readonly child: ChildProcess; readonly log: () => string }> => {
    const { child, log, readyFile } = launch(service);
    await eventually(`${service} is ready`, () => {
      if (child.exitCode !== null) throw new Error(`${service} ended with ${child.exitCode}:\n${log()}`);
      return existsSync(readyFile) ? true : undefined;
    });
    return { child, log };
  };

  /** The right to be in the group of its own name. */
  const takeGroupAway = async (service: Service): Promise<void> => {
    const filter = { resourceType: AclResourceTypes.GROUP, resourcePatternType: ResourcePatternTypes.ANY, principal: `User:${service}`, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
    const { resources } = await admin.describeAcls(filter);
    const ours = resources.filter(({ resourceName }) => resourceName.startsWith(`${NAMESPACE}.`));
    await admin.deleteAcls({ filters: ours.map(({ resourceName, resourcePatternType }) => ({ ...filter, resourceName, resourcePatternType })) });
  };

  it.each([
    ['an owner', 'approvals'],
    ['a relay', 'gateway'],
  ] as const)('ends its process with 1 and says why, so that whoever runs it starts it again: %s', async (_, service) => {
    await announce(service);
    const { child, log } = await start(service);
    const exited = once(child, 'exit');
    await takeGroupAway(service);
    expect(await exited).toEqual([1, null]);
    expect(log()).toMatch(/Kafka refused .*GROUP_AUTHORIZATION_FAILED.*the consumer stopped for good/);
  });

  it('never joins its group with a key that nobody announced, and says which key that is', async () => {
    const { child, log, readyFile } = launch('planner');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(log()).toContain('"code":"SIGNER_UNKNOWN"');
    expect(log()).toContain(`announce it with a \`countersign.key.announced\` of \`${fileSigner('planner', keyFile('planner')).key}\``);
    expect(existsSync(readyFile)).toBe(false);
  });

  it('ends its process with 1 when its key is retired', async () => {
    await announce('policy');
    const { child, log } = await start('policy');
    const exited = once(child, 'exit');
    const { key } = fileSigner('policy', keyFile('policy'));
    await stack.kafka().append(controls, [signedControl(stack, 'countersign.key.retired', { key })]);
    expect(await exited).toEqual([1, null]);
    expect(log()).toContain(`the key \`${key}\` of policy is retired`);
  });
});
