import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePorts, KAFKA_ADMIN, LOOPBACK, readStackEnvironment } from '@countersign/stack';

/** A private key and its certificate, which vouches for itself. PEM. */
export interface TestIdentity {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Two further listeners of a test Kafka, with certificates of their own. */
export interface TestTls {
  /** TLS, and SCRAM in it. */
  readonly address: string;
  /** TLS, and no password: a client is who its certificate says, and one without a certificate is nobody. */
  readonly mutualAddress: string;
  /** Who vouches for the broker. */
  readonly caFile: string;
  /** The super user's. */
  readonly client: TestIdentity;
  /** Vouches for nobody here, and nobody trusts it. */
  readonly stranger: TestIdentity;
  /** What the broker has to be started with. */
  readonly properties: string;
}

/** Java's own habit. It protects files that live as long as a test. */
const STORE_PASSWORD = 'changeit';
/** A test that runs over midnight, and nobody after it. */
const VALIDITY_DAYS = '2';
/** The name of an encrypted private key in PKCS #12, DER; a tag, a length and the key follow. */
const SHROUDED_KEY_BAG = Buffer.from('060b2a864886f70d010c0a0102', 'hex');
const LONG_LENGTH = 0x80;

/** It lies beside `java`. */
const keytool = async (...args: readonly string[]): Promise<void> => {
  const { java } = readStackEnvironment();
  await promisify(execFile)(java === 'java' ? 'keytool' : resolve(dirname(java), 'keytool'), [...args, '-storepass', STORE_PASSWORD]);
};

/** `keytool` shows certificates as PEM, but no private key. */
const privateKeyOf = (store: string): string => {
  const bytes = readFileSync(store);
  const tag = bytes.indexOf(SHROUDED_KEY_BAG) + SHROUDED_KEY_BAG.length;
  const length = bytes.readUInt8(tag + 1);
  const key = bytes.subarray(tag + 2 + (length < LONG_LENGTH ? 0 : length - LONG_LENGTH));
  return createPrivateKey({ key, format: 'der', type: 'pkcs8', passphrase: STORE_PASSWORD }).export({ type: 'pkcs8', format: 'pem' }).toString();
};

const makeIdentity = async (folder: string, name: string): Promise<TestIdentity & { readonly store: string }> => {
  const [store, certificateFile, keyFile] = [join(folder, `${name}.p12`), join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  // Clients connect by address, and a name in the certificate is not looked at then.
  const subject = ['-dname', `CN=${name}`, '-ext', `san=ip:${LOOPBACK}`, '-validity', VALIDITY_DAYS];
  await keytool('-genkeypair', '-alias', name, '-keyalg', 'EC', '-groupname', 'secp256r1', ...subject, '-storetype', 'PKCS12', '-keystore', store);
  await keytool('-exportcert', '-rfc', '-alias', name, '-keystore', store, '-file', certificateFile);
  writeFileSync(keyFile, privateKeyOf(store), { mode: 0o600 });
  return { store, certificateFile, keyFile };
};

/** Makes keys and certificates in a folder, for a broker that is not started yet. Needs the `keytool` that comes with Java. */
export const makeTestTls = async (folder: string): Promise<TestTls> => {
  mkdirSync(folder, { recursive: true });
  const [broker, client, stranger] = await Promise.all([makeIdentity(folder, 'broker'), makeIdentity(folder, KAFKA_ADMIN), makeIdentity(folder, 'stranger')]);
  const trusted = join(folder, 'trusted.p12');
  await keytool('-importcert', '-noprompt', '-alias', KAFKA_ADMIN, '-file', client.certificateFile, '-storetype', 'PKCS12', '-keystore', trusted);
  const [port = 0, mutualPort = 0] = await freePorts(2);
  const [address, mutualAddress] = [`${LOOPBACK}:${port}`, `${LOOPBACK}:${mutualPort}`];
  const own = `CLIENT://${LOOPBACK}:\${clientPort}`;
  const further = `TLS://${address},MUTUAL://${mutualAddress}`;
  const properties = [
    `listeners=${own},CONTROLLER://${LOOPBACK}:\${controllerPort},${further}`,
    `advertised.listeners=${own},${further}`,
    'listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,TLS:SASL_SSL,MUTUAL:SSL',
    'listener.name.tls.sasl.enabled.mechanisms=SCRAM-SHA-512',
    'listener.name.tls.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.mutual.ssl.client.auth=required',
    'ssl.principal.mapping.rules=RULE:^CN=(.*)$/$1/',
    `ssl.keystore.location=${broker.store}`,
    `ssl.keystore.password=${STORE_PASSWORD}`,
    `ssl.truststore.location=${trusted}`,
    `ssl.truststore.password=${STORE_PASSWORD}`,
  ];
  return { address, mutualAddress, caFile: broker.certificateFile, client, stranger, properties: properties.join('\n') };
};
