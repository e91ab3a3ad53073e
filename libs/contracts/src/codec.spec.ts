import { describe, expect, it } from 'vitest';
import { canonicalJson, type Instant } from '@countersign/kernel';
import type { Event } from './catalogue.js';
import { decodeClaim, decodeEvent, encodeClaim, encodeEvent } from './codec.js';
import { MAX_EVENT_BYTES, type Envelope } from './envelope.js';
import { sampleClaim, sampleEvent } from './generate/sample-events.js';
import { newClaim } from './new-event.js';
import { actionProposedV1 } from './proposal/action-proposed.v1.js';
import { policyPublishedV1 } from './control/policy-published.v1.js';
import { taskAcceptedV1 } from './outcome/task-accepted.v1.js';
import { runStartedV1 } from './proposal/run-started.v1.js';
import { CLAIM_SAMPLE } from './claim.v1.js';

const proposed = sampleEvent(actionProposedV1) as Event<'countersign.action.proposed'>;
const text = canonicalJson(proposed);
const bytes = Buffer.from(text);
/** The same payload, as what it is on the wire. */
const { data } = JSON.parse(text) as { data: { action: Record<string, unknown> } & Record<string, unknown> };

const refusal = (act: () => unknown): { code?: string; message: string } => {
  try {
    act();
  } catch (fault) {
    return fault as { code: string; message: string };
  }
  return { message: 'accepted' };
};
const decoding = (value: string): { code?: string; message: string } => refusal(() => decodeEvent(Buffer.from(value)));
const without = (name: keyof Envelope): object => Object.fromEntries(Object.entries(proposed).filter(([key]) => key !== name));
const withAttribute = (name: string, value: unknown): string => canonicalJson({ ...proposed, [name]: value });
const withData = (changes: object): Envelope => ({ ...proposed, data: { ...data, ...changes } });

describe('codec', () => {
  it('gives back what was encoded, and the same bytes again', () => {
    expect(decodeEvent(encodeEvent(proposed))).toEqual(proposed);
    expect(encodeEvent(decodeEvent(bytes))).toEqual(bytes);
  });

  it('writes the same bytes whatever the order of keys, and leaves out what is undefined', () => {
    const reversed = Object.fromEntries(Object.entries(proposed).toReversed()) as unknown as Envelope;
    expect(encodeEvent({ ...reversed, data: Object.fromEntries(Object.entries(proposed.data).toReversed()) })).toEqual(bytes);
    const started = sampleEvent(runStartedV1);
    expect(encodeEvent({ ...started, data: Object.assign({ playbook: undefined }, started.data) })).toEqual(encodeEvent(started));
  });
});

describe('decoding refuses', () => {
  it.each([
    ['nothing', '', 'JSON_INVALID'],
    ['what is no JSON', '{"a":', 'JSON_INVALID'],
    ['two values', `${text}${text}`, 'JSON_INVALID'],
    ['a byte order mark', `\ufeff${text}`, 'JSON_INVALID'],
    ['null', 'null', 'EVENT_NOT_CLOUDEVENT'],
    ['a list', `[${text}]`, 'EVENT_NOT_CLOUDEVENT'],
    ['an object that is no CloudEvent', '{}', 'EVENT_NOT_CLOUDEVENT'],
    ['another CloudEvents version', withAttribute('specversion', '0.3'), 'EVENT_NOT_CLOUDEVENT'],
    ['a type that is no text', withAttribute('type', 7), 'EVENT_NOT_CLOUDEVENT'],
    ['an unknown type', withAttribute('type', 'countersign.action.invented'), 'EVENT_TYPE_UNKNOWN'],
    ['a type that every object has', withAttribute('type', '__proto__'), 'EVENT_TYPE_UNKNOWN'],
    ['a claim', canonicalJson(sampleClaim()), 'EVENT_TYPE_UNKNOWN'],
    ['an unknown version', withAttribute('dataschema', 'urn:countersign:action.proposed:2'), 'EVENT_VERSION_UNKNOWN'],
    ['the version of another type', withAttribute('dataschema', 'urn:countersign:run.started:1'), 'EVENT_VERSION_UNKNOWN'],
    ['no version', canonicalJson(without('dataschema')), 'EVENT_VERSION_UNKNOWN'],
  ])('%s', (_, value, code) => {
    expect(decoding(value).code).toBe(code);
  });

  it.each([
    ['an unknown attribute', 'subject', 'x', '`/subject` is not known'],
    ['an attribute that every object has', 'toString', 'x', '`/toString` is not known'],
    ['an id that is none of ours', 'id', 'x', '`/id`'],
    ['the source of a service that does not write this', 'source', '/countersign/policy', '`/source`'],
    ['a time that is none', 'time', '2026-02-30T25:00:00Z', '`/time`'],
    ['another content type', 'datacontenttype', 'text/plain', '`/datacontenttype`'],
    ['a tenant in capitals', 'tenant', 'Acme', '`/tenant`'],
    ['a run that is none', 'run', 'run-1', '`/run`'],
    ['an actor that is no principal', 'actor', 'ada', '`/actor`'],
    ['causes that are none', 'causes', 'x', '`/causes`'],
    ['data that are no object', 'data', [], '`/data`'],
    ['an unknown field', 'data', { ...data, extra: 1 }, '`/data/extra` is not known'],
    ['an unknown field deep inside', 'data', { ...data, action: { ...data.action, 'a/b~': 1 } }, '`/data/action/a~1b~0` is not known'],
    ['a field of another type', 'data', { ...data, effect: 'delete' }, '`/data/effect`'],
    ['null for a field', 'data', { ...data, agent: null }, '`/data/agent`'],
  ])('%s, and says where', (_, name, value, place) => {
    const { code, message } = decoding(withAttribute(name, value));
    expect(code).toBe('EVENT_INVALID');
    expect(message).toContain(place);
  });

  it.each(['id', 'source', 'time', 'actor', 'causes', 'data', 'tenant', 'workflow', 'run'] as const)('an event without `%s`', (name) => {
    expect(decoding(canonicalJson(without(name)))).toMatchObject({ code: 'EVENT_INVALID', message: expect.stringContaining(`\`/${name}\` is missing`) });
  });

  it('places on controls, which belong to no tenant', () => {
    expect(decoding(canonicalJson({ ...sampleEvent(policyPublishedV1), tenant: 'acme' })).message).toContain('`/tenant` is not known');
  });

  it('an answer to upstreams that names no tenant', () => {
    const { tenant: _tenant, ...answer } = sampleEvent(taskAcceptedV1);
    expect(decoding(canonicalJson(answer)).message).toContain('`/tenant` is missing');
  });

  it('__proto__ as an attribute and as a field, and changes no prototype', () => {
    expect(decoding(`{"__proto__":{"polluted":1},${text.slice(1)}`).message).toContain('`/__proto__` is not known');
    expect(decoding(text.replace('"data":{', '"data":{"__proto__":{"polluted":1},')).message).toContain('`/data/__proto__` is not known');
    expect({}).not.toHaveProperty('polluted');
  });

  it('__proto__ nowhere in arguments, which are data like any other', () => {
    const event = decodeEvent(Buffer.from(text.replace('"args":{', '"args":{"__proto__":{"polluted":1},'))) as typeof proposed;
    expect(Object.keys(event.data.action.args)).toContain('__proto__');
    expect(event.data.action.args).not.toHaveProperty('polluted');
    expect(encodeEvent(event).toString()).toContain('"__proto__":{"polluted":1}');
  });

  it('bytes that are no UTF-8', () => {
    expect(refusal(() => decodeEvent(Buffer.concat([bytes.subarray(0, 20), Buffer.of(0xff), bytes.subarray(20)]))).code).toBe('JSON_INVALID');
  });

  it('more than 48 KiB before it parses anything, and exactly 48 KiB not', () => {
    const withPadding = (length: number): string => text.replace('"args":{', `"args":{"aa":"${'x'.repeat(length)}",`);
    const padded = (size: number): Buffer => Buffer.from(withPadding(size - withPadding(0).length));
    expect(decodeEvent(padded(MAX_EVENT_BYTES)).id).toBe(proposed.id);
    expect(refusal(() => decodeEvent(padded(MAX_EVENT_BYTES + 1))).code).toBe('EVENT_TOO_LARGE');
    expect(refusal(() => decodeEvent(Buffer.alloc(MAX_EVENT_BYTES + 1, '{'))).code).toBe('EVENT_TOO_LARGE');
  });

  it('what is nested so deep that walking it could overflow the stack', () => {
    const args = (depth: number): string => text.replace('"args":{', `"args":{"aa":${'['.repeat(depth)}"]{\\""${']'.repeat(depth)},`);
    expect(decoding(args(60)).message).toBe('accepted');
    expect(decoding(args(61))).toMatchObject({ code: 'EVENT_INVALID', message: expect.stringContaining('nested') });
    expect(decoding('['.repeat(40_000)).code).toBe('EVENT_INVALID');
  });

  it('with no word of the event in the message', () => {
    const secret = decoding(withAttribute('data', { ...data, effect: 'hunter2', actionHash: 'hunter2', agent: 'hunter2' })).message;
    expect(secret).not.toContain('hunter2');
    expect(decoding(`{"password":"hunter2",,}`).message).not.toContain('hunter2');
  });
});

describe('encoding refuses', () => {
  it.each([
    ['an unknown type', { ...proposed, type: 'countersign.action.invented' }, 'EVENT_TYPE_UNKNOWN'],
    ['an unknown version', { ...proposed, dataschema: 'urn:countersign:action.proposed:9' }, 'EVENT_VERSION_UNKNOWN'],
    ['an unknown field', withData({ extra: 1 }), 'EVENT_INVALID'],
    ['a missing field', withData({ agent: undefined }), 'EVENT_INVALID'],
    ['what has no JSON form', withData({ action: { ...data.action, args: { amount: Number.NaN } } }), 'JSON_INVALID'],
    ['half a character', withData({ action: { ...data.action, args: { name: '\ud800' } } }), 'JSON_INVALID'],
    ['more than 48 KiB', withData({ action: { ...data.action, args: { text: 'x'.repeat(MAX_EVENT_BYTES) } } }), 'EVENT_TOO_LARGE'],
    ['more bytes than 48 KiB in fewer characters', withData({ action: { ...data.action, args: { text: '€'.repeat(MAX_EVENT_BYTES / 2) } } }), 'EVENT_TOO_LARGE'],
  ] as const)('%s', (_, event, code) => {
    expect(refusal(() => encodeEvent(event as Envelope)).code).toBe(code);
  });
});

describe('claims', () => {
  const claim = newClaim({ service: 'executor', claim: CLAIM_SAMPLE, now: 1_767_323_045_000 as Instant });

  it('are given back as they were encoded', () => {
    expect(decodeClaim(encodeClaim(claim))).toEqual(claim);
  });

  it('are never events, and events never claims', () => {
    expect(refusal(() => decodeEvent(encodeClaim(claim))).code).toBe('EVENT_TYPE_UNKNOWN');
    expect(refusal(() => decodeClaim(bytes)).code).toBe('EVENT_TYPE_UNKNOWN');
  });

  it('are refused with an unknown version, field or attribute, and from a service that owns nothing', () => {
    expect(refusal(() => decodeClaim(Buffer.from(canonicalJson({ ...claim, dataschema: 'urn:countersign:claim:2' })))).code).toBe('EVENT_VERSION_UNKNOWN');
    expect(refusal(() => encodeClaim({ ...claim, data: Object.assign({ extra: 1 }, claim.data) })).code).toBe('EVENT_INVALID');
    expect(refusal(() => decodeClaim(Buffer.from(canonicalJson({ ...claim, tenant: 'acme' })))).code).toBe('EVENT_INVALID');
    expect(refusal(() => decodeClaim(Buffer.from(canonicalJson({ ...claim, source: '/countersign/gateway' })))).code).toBe('EVENT_INVALID');
  });
});

describe('decoding refuses another spelling of what it would take', () => {
  it.each([
    ['a space', text.replace(':', ': ')],
    ['a final line break', `${text}\n`],
    ['another order of keys', JSON.stringify(Object.fromEntries(Object.entries(proposed).toReversed()))],
    ['a repeated key', text.replace('"specversion":"1.0"', '"specversion":"0.3","specversion":"1.0"')],
    ['a repeated key deep within', text.replace('"amount_cents":', '"amount_cents":1,"amount_cents":')],
    ['a number with a fraction of nothing', text.replace(/"amount_cents":(\d+)/, '"amount_cents":$1.0')],
    ['a number with an exponent', text.replace(/"amount_cents":(\d+)/, '"amount_cents":$1e0')],
    ['minus zero', text.replace(/"amount_cents":\d+/, '"amount_cents":-0')],
    ['an escape that none is needed for', text.replace('"type":"c', '"type":"\\u0063')],
  ])('%s', (_, other) => {
    expect(other).not.toBe(text);
    expect(decoding(other)).toMatchObject({ code: 'EVENT_INVALID', message: 'the event is not canonical JSON' });
  });

  it('half a character', () => {
    expect(decoding(text.replace(/"amount_cents":\d+/, '"amount_cents":"\\ud800"')).code).toBe('JSON_INVALID');
  });

  it('bytes that are no UTF-8', () => {
    expect(refusal(() => decodeEvent(Buffer.from([0x22, 0xff, 0x22]))).code).toBe('JSON_INVALID');
  });

  it('a claim with a space', () => {
    expect(refusal(() => decodeClaim(Buffer.from(` ${canonicalJson(sampleClaim())}`))).code).toBe('EVENT_INVALID');
  });
});
