import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '@countersign/stack';
import { kafkaMissing, startTestKafka, type TestIdentity, type TestKafka } from '@countersign/testing';
import { firstContact } from './first-contact.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaBroker } from './kafka-broker.js';
import type { KafkaOptions } from './kafka-options.js';

const NAMESPACE = { namespace: 'tls', tenants: ['acme'], partitions: 1 };
const ONE_NODE = { replicationFactor: 1, minInsyncReplicas: 1 };
const TARGET = { topic: 'tls.tasks', partition: 0 };
const hello = { key: null, value: Buffer.from('hello'), headers: {} };

describe.skipIf(kafkaMissing !== undefined)(`Kafka over TLS${kafkaMissing === undefined ? '' : ` (${kafkaMissing})`}`, { timeout: 60_000 }, () => {
  let kafka: TestKafka;
  const open: KafkaBroker[] = [];
  const connect = (options: KafkaOptions): KafkaBroker => {
    const broker = new KafkaBroker(options);
    open.push(broker);
    return broker;
  };
  /** As the super user, by password. */
  const withPassword = (caFile = kafka.tls.caFile): KafkaOptions => ({ ...kafka.options(), brokers: [kafka.tls.address], ssl: { ca: readFileSync(caFile) } });
  /** As the super user, by certificate, unless another identity is given, or none. */
  const withCertificate = (identity: TestIdentity | 'nobody' = kafka.tls.client): KafkaOptions => {
    const own = identity === 'nobody' ? {} : { cert: readFileSync(identity.certificateFile), key: readFileSync(identity.keyFile) };
    return { brokers: [kafka.tls.mutualAddress], clientId: 'test', ssl: { ca: readFileSync(kafka.tls.caFile), ...own } };
  };

  beforeAll(async () => {
    kafka = await startTestKafka({ tls: true });
    const admin = new KafkaAdmin(withCertificate());
    await admin.createTopics(NAMESPACE, ONE_NODE);
    await admin.close();
  }, 120_000);
  afterEach(() => Promise.all(open.splice(0).map((broker) => broker.close())));
  afterAll(() => kafka?.stop(), 60_000);

  it('takes a client by password, and one by certificate, who read what each other wrote', async () => {
    const [one, other] = [connect(withPassword()), connect(withCertificate())];
    const offset = await one.append(TARGET, [hello]);
    expect(await other.append(TARGET, [hello])).toBe(offset + 1);
    expect(await one.offsets(TARGET)).toEqual(await other.offsets(TARGET));
  });

  it('has the topics that were made by certificate for who comes by password', async () => {
    const admin = new KafkaAdmin(withPassword());
    expect(await admin.createTopics(NAMESPACE, ONE_NODE)).toEqual([]);
    await admin.close();
  });

  it('is not spoken to where another authority vouches for it, and says so at once', async () => {
    const { address, stranger } = kafka.tls;
    const asked = performance.now();
    await expect(connect(withPassword(stranger.certificateFile)).offsets(TARGET)).rejects.toMatchObject({
      code: 'BROKER_REFUSED',
      retry: 'never',
      message: `the certificate of Kafka at \`${address}\` is not trusted: self-signed certificate`,
      hint: expect.stringContaining('KAFKA_TLS_CA_FILE'),
    });
    expect(performance.now() - asked).toBeLessThan(5_000);
  });

  it('is reached for the first time where one of several brokers answers, and not where its certificate is not trusted', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    await firstContact({ ...withPassword(), brokers: [nobody, kafka.tls.address] });
    await expect(firstContact(withPassword(kafka.tls.stranger.certificateFile))).rejects.toMatchObject({ code: 'BROKER_REFUSED', message: expect.stringContaining('is not trusted') });
  });

  it('is not spoken to where it has another name than its certificate', async () => {
    const elsewhere = { ...withPassword(), brokers: [kafka.tls.address.replace('127.0.0.1', 'localhost')] };
    await expect(connect(elsewhere).offsets(TARGET)).rejects.toMatchObject({ code: 'BROKER_REFUSED', message: expect.stringContaining('is not trusted: Hostname/IP does not match') });
  });

  it.each([
    ['without a certificate', () => withCertificate('nobody')],
    ['with a certificate that nobody it trusts has signed', () => withCertificate(kafka.tls.stranger)],
  ])('refuses a client %s where it asks for one', async (_, options) => {
    await expect(connect(options()).offsets(TARGET)).rejects.toMatchObject({
      code: 'BROKER_REFUSED',
      message: expect.stringContaining("does not take this client's certificate"),
      hint: expect.stringContaining('KAFKA_TLS_CERTIFICATE_FILE'),
    });
  });

  it('refuses a password where it takes certificates only', async () => {
    await expect(connect({ ...withCertificate(), sasl: kafka.options().sasl }).offsets(TARGET)).rejects.toMatchObject({
      code: 'BROKER_REFUSED',
      message: expect.stringContaining('refused the login'),
    });
  });
});
