import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '@countersign/kernel';
import { SERVICES } from '@countersign/contracts';
import { findKafkaJars, KAFKA_ADMIN, startKafka } from '@countersign/stack';
import { makeTestTls, type TestTls } from './kafka-tls.js';
import { memoryFolder } from './memory-folder.js';

/** The tenants that have an upstream principal. */
export const TEST_TENANTS = ['acme', 'globex'] as const;
/** Every principal that the access rules name, the super user, and one that no rule names. */
export const TEST_PRINCIPALS: readonly string[] = [KAFKA_ADMIN, ...SERVICES, 'operator', ...TEST_TENANTS.map((tenant) => `upstream-${tenant}`), 'stranger'];

/** A real broker with SASL and access rules, for one file of specs. */
export interface TestKafka {
  /** What `KafkaOptions` of the bus takes, as one of `TEST_PRINCIPALS`; the super user unless given. */
  options(principal?: string): { readonly brokers: readonly string[]; readonly clientId: string; readonly sasl: { readonly username: string; readonly password: string } };
  /** SIGKILL, as when the machine takes it. */
  kill(): Promise<void>;
  /** On the same data and port; a running one is stopped first. */
  restart(): Promise<void>;
  readonly pid: number;
  /** The listeners with TLS; throws where it was not started with any. */
  readonly tls: TestTls;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** A test writes little. */
const HEAP_MB = 256;

/** Why no broker can be started here, to be shown as the name of what is skipped; `undefined` if one can. */
export const kafkaMissing = ((): string | undefined => {
  try {
    findKafkaJars();
    return undefined;
  } catch (fault) {
    return `skipped: ${codeOf(fault)}, no Kafka can be started`;
  }
})();

export const startTestKafka = async ({ tls: withTls = false } = {}): Promise<TestKafka> => {
  const dataDir = memoryFolder('countersign-kafka-');
  const tls = withTls ? await makeTestTls(join(dataDir, 'tls')) : undefined;
  const broker = await startKafka({ dataDir, libsDir: findKafkaJars(), heapMb: HEAP_MB, users: TEST_PRINCIPALS.map((name) => ({ name })), ...(tls && { properties: tls.properties }) });
  return {
    options: (principal = KAFKA_ADMIN) => ({
      brokers: [broker.address],
      clientId: `test-${principal}`,
      sasl: { username: principal, password: broker.password(principal) },
    }),
    kill: () => broker.kill(),
    restart: () => broker.restart(),
    get pid() {
      return broker.pid;
    },
    get tls() {
      if (!tls) throw new Error('this Kafka was started without TLS');
      return tls;
    },
    stop: async () => {
      await broker.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
