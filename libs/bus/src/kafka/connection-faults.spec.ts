import { describe, expect, it } from 'vitest';
import { connectionFault } from './connection-faults.js';

const login = (message: string): Error => Object.assign(new Error(`SASL SCRAM SHA512 authentication failed: ${message}`), { name: 'KafkaJSSASLAuthenticationError' });

describe('a connection that could not be made', () => {
  it('is refused for good where the login was', () => {
    expect(connectionFault('127.0.0.1:9092', login('Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512'))).toMatchObject({ code: 'BROKER_REFUSED' });
  });

  it('is tried again where it broke during the login, as it does when Kafka is killed', () => {
    for (const how of ['Connection error: read ECONNRESET', 'Not connected', 'Closed connection', 'no answer within 10000 ms', 'not opened', 'closed']) expect(connectionFault('127.0.0.1:9092', login(how))).toMatchObject({ code: 'BROKER_UNREACHABLE', retry: 'later' });
  });
});
