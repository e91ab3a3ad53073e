import { pointerPart } from '@countersign/kernel';
import { readJson } from '../package-file.js';
import { CLAIM_TYPE, CLAIM_VERSION } from '../claim.js';
import { CLOUDEVENTS_JSON, HEADERS } from '../envelope.js';
import { DEFAULT_NAMESPACE, FLOW, hasOnePartition, TOPICS, type Topic, type TopicFlow, type Writer } from '../flow.js';
import { TYPE_PREFIX } from '../define-event.js';
import type { Schema } from './data-schema.js';
import { claimSchema, definitions, eventSchema } from './event-schemas.js';

/** The AsyncAPI 3 document: who may send and receive what on which topic. It adds nothing to flow.ts and the catalogue. */

const ref = (...path: readonly string[]): Schema => ({ $ref: `#/${path.map((part) => pointerPart(part)).join('/')}` });

const messageName = (type: string, version: number): string => `${type.slice(TYPE_PREFIX.length)}.${version}`;
const CLAIM = messageName(CLAIM_TYPE, CLAIM_VERSION);
const UPSTREAM = 'upstream.event';

const text = (description: string): Schema => ({ type: 'string', description });
const contentType = { 'content-type': { const: CLOUDEVENTS_JSON } };
const SIGNED_BY_SERVICE: Schema = {
  type: 'object',
  required: [HEADERS.epoch, HEADERS.signature],
  properties: { ...contentType, [HEADERS.epoch]: text("Offset of the writer's claim, `claim` on a claim, `-` on topics without claims."), [HEADERS.signature]: text('Batch signature and inclusion path.'), [HEADERS.traceparent]: text('W3C trace context.') },
};
const SIGNED_BY_PERSON: Schema = {
  type: 'object',
  required: [HEADERS.personSignature],
  properties: { ...contentType, [HEADERS.personSignature]: text('Detached JWS (EdDSA) of each person over the bytes of the value, separated by spaces.') },
};
const UNSIGNED: Schema = { type: 'object', properties: contentType };

const headersOf = (topic: Topic): Schema => {
  if (topic === 'inbox') return UNSIGNED;
  return topic === 'controls' || topic === 'ballots' ? SIGNED_BY_PERSON : SIGNED_BY_SERVICE;
};

/** `$schema` and `$id` are for the schema files: here the document gives the dialect and the place. */
const payloadOf = ({ $schema: _dialect, $id: _id, ...schema }: Schema): Schema => schema;

const message = (name: string, summary: string, topic: Topic, schema: Schema): Schema => ({
  name,
  title: name,
  summary,
  contentType: 'application/cloudevents+json',
  headers: headersOf(topic),
  payload: payloadOf(schema),
});

/** What upstreams may send: any CloudEvent; what a contract accepts is said there. */
const upstreamSchema: Schema = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type'],
  properties: { specversion: { const: '1.0' }, id: { type: 'string', minLength: 1 }, source: { type: 'string', minLength: 1 }, type: { type: 'string', minLength: 1 }, time: { type: 'string', format: 'date-time' }, data: { type: 'object' } },
};

const messagesOf = (topic: Topic): readonly string[] => {
  const own = definitions.filter((definition) => definition.topic === topic).map(({ type, version }) => messageName(type, version));
  if (topic === 'inbox') return [UPSTREAM];
  return FLOW[topic].claimed ? [...own, CLAIM] : own;
};

const KINDS: Readonly<Record<TopicFlow['kind'], string>> = {
  log: 'Co-partitioned, keyed by `<tenant>/<workflow>`, signed by its service.',
  controls: 'One partition, signed by people, kept for ever.',
  anchor: 'One partition, signed by its service: what the archive says of itself.',
  door: 'Several writers, no epochs, read at least once.',
};

const channel = (topic: Topic): Schema => {
  const { kind, perTenant, retention } = FLOW[topic];
  return {
    address: perTenant ? `{namespace}.${topic}.{tenant}` : `{namespace}.${topic}`,
    title: topic,
    description: KINDS[kind],
    parameters: { namespace: { default: DEFAULT_NAMESPACE, description: 'Prefix of all topics of one installation.' }, ...(perTenant ? { tenant: { description: 'Whom the upstream belongs to.' } } : {}) },
    messages: Object.fromEntries(messagesOf(topic).map((name) => [name, ref('components', 'messages', name)])),
    bindings: { kafka: { ...(hasOnePartition(topic) ? { partitions: 1 } : {}), topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': retention ?? -1 }, bindingVersion: '0.5.0' } },
  };
};

const operation = (who: Writer, action: 'send' | 'receive', topic: Topic): readonly [string, Schema] => [
  `${who}.${action === 'send' ? 'writes' : 'reads'}.${topic}`,
  { action, title: `${who} ${action === 'send' ? 'writes' : 'reads'} ${topic}`, channel: ref('channels', topic), messages: messagesOf(topic).map((name) => ref('channels', topic, 'messages', name)) },
];

export const asyncApi = (): Schema => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Countersign',
    version: (readJson('package.json') as { version: string }).version,
    description: 'Every topic, who writes and reads it, and every published version of every event. Generated; do not edit.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/cloudevents+json',
  channels: Object.fromEntries(TOPICS.map((topic) => [topic, channel(topic)])),
  operations: Object.fromEntries(TOPICS.flatMap((topic) => [...FLOW[topic].writers.map((who) => operation(who, 'send', topic)), ...FLOW[topic].readers.map((who) => operation(who, 'receive', topic))])),
  components: {
    messages: {
      [UPSTREAM]: message(UPSTREAM, 'Any CloudEvent 1.0 of an upstream system.', 'inbox', upstreamSchema),
      [CLAIM]: message(CLAIM, 'Ownership of a partition; its offset is the writer epoch.', 'proposals', claimSchema()),
      ...Object.fromEntries(
        definitions.map((definition) => {
          const name = messageName(definition.type, definition.version);
          return [name, message(name, `Version ${definition.version} of \`${definition.type}\`.`, definition.topic, eventSchema(definition))];
        }),
      ),
    },
  },
});
