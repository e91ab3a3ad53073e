import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { KafkaOptions } from '@countersign/bus';
import { CountersignError, messageOf } from '@countersign/kernel';
import { readSecret, type KafkaConfig } from './service.config.js';

const read = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `the file \`${path}\` cannot be read: ${messageOf(cause)}`, { cause });
  }
};

/** Node leaves out what it cannot read in a file of authorities, without a word. */
const CERTIFICATE = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/;

const refused = (message: string, cause?: unknown): CountersignError => new CountersignError('CONFIG_INVALID', message, { hint: 'PEM files, one certificate or more in the first two, and the private key of the second in the third: KAFKA_TLS_CA_FILE, KAFKA_TLS_CERTIFICATE_FILE, KAFKA_TLS_KEY_FILE', cause });

const tlsOf = ({ tls, caFile, certificateFile, certificateKeyFile }: KafkaConfig): Pick<KafkaOptions, 'ssl'> => {
  if (!tls) return {};
  if ((certificateFile === undefined) !== (certificateKeyFile === undefined)) throw refused('KAFKA_TLS_CERTIFICATE_FILE and KAFKA_TLS_KEY_FILE are given together or not at all');
  const files = { ca: caFile, cert: certificateFile, key: certificateKeyFile };
  const given: SecureContextOptions = Object.fromEntries(Object.entries(files).flatMap(([name, path]) => (path === undefined ? [] : [[name, read(path)]])));
  if (given.ca !== undefined && !CERTIFICATE.test(String(given.ca))) throw refused('KAFKA_TLS_CA_FILE holds no certificate');
  try {
    createSecureContext(given);
  } catch (cause) {
    throw refused(`KAFKA_TLS_CERTIFICATE_FILE and KAFKA_TLS_KEY_FILE cannot be used: ${messageOf(cause)}`, cause);
  }
  return { ssl: Object.keys(given).length === 0 ? true : given };
};

/** `127.0.0.1:9092`, `localhost:9092`, `[::1]:9092`: nobody listens on the way there. */
const isOnLoopback = (broker: string): boolean => /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\]):\d+$/.test(broker);

/** How to reach Kafka, with its secrets read from their files. Throws `CONFIG_INVALID`. */
export const kafkaOptions = (config: KafkaConfig, clientId: string): KafkaOptions => {
  const { brokers, mechanism, username, passwordFile } = config;
  if (mechanism === 'none') return { brokers, clientId, ...tlsOf(config) };
  if (username === undefined || passwordFile === undefined) {
    throw new CountersignError('CONFIG_INVALID', 'KAFKA_USERNAME and KAFKA_PASSWORD_FILE are missing', { hint: 'set both, or KAFKA_SASL_MECHANISM=none for a Kafka without passwords' });
  }
  if (mechanism === 'plain' && !config.tls && !brokers.every(isOnLoopback)) {
    throw new CountersignError('CONFIG_INVALID', 'KAFKA_SASL_MECHANISM=plain without TLS would send the password over the network as it is', {
      hint: 'set KAFKA_TLS=true, or use scram-sha-512 or scram-sha-256',
    });
  }
  return { brokers, clientId, sasl: { mechanism, username, password: readSecret(passwordFile) }, ...tlsOf(config) };
};
