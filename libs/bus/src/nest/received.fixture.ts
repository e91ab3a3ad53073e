import { sha256, type EventId, type Principal } from '@countersign/kernel';
import type { Event } from '@countersign/contracts';
import type { Received } from '../step.js';

const KEY = 'acme/refunds';
const VALUE = Buffer.from('{}');

/** An event of a type, as the bus hands it over; its data is of no interest to a transport. */
export const received = (type: string, { traceparent, timestamp = Date.now(), time = new Date(timestamp).toISOString() }: { readonly traceparent?: string; readonly timestamp?: number; readonly time?: string } = {}): Received => ({
  event: {
    specversion: '1.0',
    id: 'AAAAAAAAAAAAAAAAAAAAAA' as EventId,
    type,
    dataschema: 'urn:countersign:test:1',
    source: '/countersign/planner',
    time,
    datacontenttype: 'application/json',
    actor: 'spiffe://countersign.local/service/planner' as Principal,
    causes: '',
    data: {},
  } as unknown as Event,
  topic: 'proposals',
  partition: 2,
  offset: 42,
  sha256: sha256(VALUE),
  key: KEY,
  record: {
    topic: 'countersign.proposals',
    partition: 2,
    offset: 42,
    timestamp,
    key: Buffer.from(KEY),
    value: VALUE,
    headers: traceparent === undefined ? {} : { traceparent: Buffer.from(traceparent) },
  },
});
