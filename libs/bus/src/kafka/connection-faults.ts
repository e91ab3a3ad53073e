import { CountersignError, messageOf } from '@countersign/kernel';
import { unreachable } from './faults.js';

/** What Node and OpenSSL call it when they do not take the broker's certificate. */
const NOT_TRUSTED = /^(CERT_|UNABLE_TO_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)|SELF_SIGNED_CERT|ALTNAME_INVALID/;
/** And when the broker says that it does not take ours. */
const NOT_TAKEN = /^ERR_SSL_.*_ALERT_.*(CERTIFICATE|UNKNOWN_CA)/;

const codeIn = (fault: unknown): string => (fault instanceof Error && 'code' in fault ? String(fault.code) : '');

/** kafkajs calls any end of a login a failed one, also where the connection broke on the way, or where we gave it up. */
const BROKE_OFF = /Connection (error|timeout)|Closed connection|Not connected|timed out|no answer within|: (not opened|closed)$/;

const isLogin = (fault: unknown): boolean => fault instanceof Error && !BROKE_OFF.test(fault.message) && (fault.name === 'KafkaJSSASLAuthenticationError' || ('type' in fault && String(fault.type).includes('SASL_')));

/** `Connection error: self-signed certificate; if the root ...` -> `self-signed certificate`. Of several addresses of a name Node tells the code alone. */
export const reasonOf = (fault: unknown): string => messageOf(fault).replace(/^Connection error: /, '').replace(/; if .*$/s, '') || codeIn(fault);

/** `...ssl/tls alert bad certificate:../deps/...` -> `bad certificate` */
const alertOf = (fault: unknown): string => /alert ([a-z ]+)/.exec(messageOf(fault))?.[1] ?? reasonOf(fault);

/** Why a connection could not be made. What another attempt with the same settings does not cure is `BROKER_REFUSED`, the rest `BROKER_UNREACHABLE`. */
export const connectionFault = (where: string, cause: unknown): CountersignError => {
  const code = codeIn(cause);
  if (NOT_TRUSTED.test(code)) {
    return new CountersignError('BROKER_REFUSED', `the certificate of Kafka at \`${where}\` is not trusted: ${reasonOf(cause)}`, {
      cause,
      hint: 'KAFKA_TLS_CA_FILE has to name the authority that signed it, and KAFKA_BROKERS a name or address that is in it',
    });
  }
  if (NOT_TAKEN.test(code)) {
    return new CountersignError('BROKER_REFUSED', `Kafka at \`${where}\` does not take this client's certificate, or that it has none: ${alertOf(cause)}`, {
      cause,
      hint: 'KAFKA_TLS_CERTIFICATE_FILE and KAFKA_TLS_KEY_FILE have to name one that an authority of its own has signed',
    });
  }
  return isLogin(cause) ? new CountersignError('BROKER_REFUSED', `Kafka at ${where} refused the login: ${messageOf(cause)}`, { cause }) : unreachable(where, cause);
};
