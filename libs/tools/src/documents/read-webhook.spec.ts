import { describe, expect, it } from 'vitest';
import { readDocument } from './read-document.js';
import { WEBHOOK_EVENTS } from './read-webhook.js';

const HOOK = { id: 'ops', version: 1, url: 'https://hooks.example/ops', events: ['approval.requested', 'approval.expired'], secret: 'ops' };
const faultsOf = (change: object): readonly string[] => {
  const read = readDocument('webhook', { ...HOOK, ...change });
  return 'faults' in read ? read.faults.map(({ pointer }) => pointer) : [];
};

describe('a web hook', () => {
  it('is read with the events by their full names, for all tenants and workflows unless it says which', () => {
    expect(readDocument('webhook', HOOK)).toEqual({ document: { ...HOOK, events: ['countersign.approval.requested', 'countersign.approval.expired'], tenants: [], workflows: [] } });
    expect(readDocument('webhook', { ...HOOK, tenants: ['acme'], workflows: ['refund-desk'] })).toMatchObject({ document: { tenants: ['acme'], workflows: ['refund-desk'] } });
  });

  it.each<[string, object, string]>([
    ['an event that is told to one person alone', { events: ['approval.ballot-refused'] }, '/events/0'],
    ['an event of another topic', { events: ['approval.requested', 'action.allowed'] }, '/events/1'],
    ['no event', { events: [] }, '/events'],
    ['no web address', { url: 'ftp://hooks.example' }, '/url'],
    ['a password in its address', { url: 'https://me:secret@hooks.example' }, '/url'],
    ['no name of a secret', { secret: undefined }, '/secret'],
    ['the secret itself', { secret: 'whsec_AAAA' }, '/secret'],
    ['a key that nobody knows', { headers: {} }, '/headers'],
  ])('with %s is a fault', (_, change, pointer) => {
    const body = Object.fromEntries(Object.entries({ ...HOOK, ...change }).filter(([, value]) => value !== undefined));
    const read = readDocument('webhook', body as never);
    expect('faults' in read && read.faults.map((fault) => fault.pointer)).toContain(pointer);
  });

  it('can tell of every event about one question', () => {
    expect(WEBHOOK_EVENTS.map((type) => type.replace('countersign.approval.', ''))).toEqual(expect.arrayContaining(['requested', 'vote-cast', 'granted', 'rejected', 'expired', 'withdrawn', 'escalated', 'reminded', 'notified']));
    expect(faultsOf({ events: WEBHOOK_EVENTS.map((type) => type.replace('countersign.', '')) })).toEqual([]);
  });
});
