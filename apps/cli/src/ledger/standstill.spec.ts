import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LogChecker } from '@countersign/audit';
import { SignedWire, type LogRecord } from '@countersign/bus';
import { encodeEvent, HEADERS, newEvent, type EventData } from '@countersign/contracts';
import { generateKey, humanPrincipal, keyIdOf, rawPublicKeyOf, signAsPerson, signerOf, type Root } from '@countersign/identity';
import type { Instant } from '@countersign/kernel';
import { foldControlLog } from '../controls/control-log.js';
import { tellsOfStandstill } from './standstill.js';

const NOW = 1_790_000_000_000 as Instant;
const NAMESPACE = 'countersign';
const TARGET = { topic: `${NAMESPACE}.ledger`, partition: 0 };
const LOG = { topic: 'ballots', partition: 2, next: 312 };
const [ADA, LEDGER, MALLORY] = [generateKey(), generateKey(), generateKey()];
const idOf = (key: KeyObject) => keyIdOf(rawPublicKeyOf(key));
const ada = humanPrincipal('ada');
const root: Root = { people: [{ subject: ada, publicKey: rawPublicKeyOf(ADA), roles: ['admin', 'operator'] }], quorum: { admin: 1, operator: 1 } };

const at = (topic: string, value: Buffer, headers: Readonly<Record<string, string | Uint8Array>>): LogRecord =>
  ({ topic: `${NAMESPACE}.${topic}`, partition: 0, offset: 0, timestamp: NOW, key: null, value, headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) });

/** Knows the ledger's key, by an admin's word. */
const checker = (): LogChecker => {
  const key = idOf(LEDGER);
  const value = encodeEvent(newEvent({ service: 'operator', type: 'countersign.key.announced', subject: key, actor: ada, now: NOW, data: { service: 'ledger', key, publicKey: rawPublicKeyOf(LEDGER) } }));
  const { state } = foldControlLog([at('controls', value, { [HEADERS.contentType]: 'application/cloudevents+json', [HEADERS.personSignature]: signAsPerson(value, ADA, idOf(ADA)) })], root);
  return new LogChecker({ namespace: NAMESPACE, partitions: 2 }, root, state);
};

const alarm = (key: KeyObject, more: Partial<EventData<'countersign.ledger.alarm'>> = {}): LogRecord => {
  const wire = new SignedWire({ namespace: NAMESPACE, partitions: 2, signer: signerOf('ledger', key), keys: { find: () => undefined } });
  const data = { code: 'LOG_TRUNCATED', topic: 'ballots', partition: 2, offset: 312, lastOffset: 312, count: 1, sha256: '0'.repeat(64), message: 'm', ...more } as EventData<'countersign.ledger.alarm'>;
  const event = newEvent({ service: 'ledger', type: 'countersign.ledger.alarm', subject: 'a', now: NOW, data });
  const [sealed] = wire.seal({ ...TARGET, epoch: '-', firstSeq: 0 }, [{ key: null, value: wire.encode(event).value }]);
  return at('ledger', Buffer.from(sealed?.value ?? ''), sealed?.headers ?? {});
};

const tells = (...records: readonly LogRecord[]): boolean => tellsOfStandstill(checker(), records, LOG);

describe('that a log stands still', () => {
  it.each(['ARCHIVE_FORKED', 'ARCHIVE_INVALID', 'LOG_TRUNCATED'] as const)('is what an alarm of the ledger says: %s', (code) => {
    expect(tells(alarm(LEDGER, { code }))).toBe(true);
  });

  it('is no word of whoever has another key, or none, or has changed the alarm', () => {
    const { value, ...unsigned } = alarm(LEDGER);
    const elsewhere = Buffer.from(String(alarm(LEDGER, { topic: 'tasks' }).value).replace('"topic":"tasks"', '"topic":"ballots"'));
    expect(tells(alarm(MALLORY))).toBe(false);
    expect(tells({ ...unsigned, value, headers: {} })).toBe(false);
    expect(tells({ ...alarm(LEDGER, { topic: 'tasks' }), value: elsewhere })).toBe(false);
    expect(tells({ ...unsigned, value: Buffer.from('{}') }, alarm(LEDGER))).toBe(true);
  });

  it.each([
    ['another log', { topic: 'tasks' }],
    ['another partition', { partition: 1 }],
    ['what was archived since', { offset: 311 }],
    ['something else', { code: 'SIGNATURE_INVALID' }],
  ] as const)('is not said by an alarm of %s', (_what, more) => {
    expect(tells(alarm(LEDGER, more))).toBe(false);
  });
});
