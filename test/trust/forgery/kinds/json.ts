import { encodeEvent } from '@countersign/contracts';
import type { ErrorCode } from '@countersign/kernel';
import type { Random } from '../../../support/random.ts';
import { HOME, keyOf } from '../grants.ts';
import { inTurn, letters, times, type Kind, type Reader } from '../kind.ts';
import { lookAlike } from './grants.ts';

/** Bytes that policy's own key has signed: two readers of them could come to see two things, so nobody takes them. */

type Rewrite = (text: string, random: Random) => string | Buffer;

const BOTH: readonly Reader[] = ['executor', 'ledger'];
const kind = (what: string, codes: readonly ErrorCode[], rewrite: Rewrite, by = BOTH): Kind => ({
  what,
  refusal: letters(by, ...codes),
  forge: ({ policy, grants, random, count }) => ({
    local: 'decisions',
    partition: HOME,
    records: policy.next(HOME, times(count, (index) => {
      const grant = inTurn(grants, index);
      const text = encodeEvent(grant).toString();
      let value = text as string | Buffer;
      while (value === text) value = rewrite(text, random);
      return { key: keyOf(grant), value: Buffer.from(value as string) };
    })),
  }),
});

const AMOUNT = /"amount_cents":(\d+)/;
/** Another value right before a key that is there. */
const doubled = (text: string, key: string, value: string): string => text.replace(`"${key}":`, `"${key}":${value},"${key}":`);
const inserted = (text: string, random: Random, piece: string): string => text.replace(random.pick(['"data":{', '"action":{', '{"actor"']), (found) => (found.startsWith('{') ? `{${piece},${found.slice(1)}` : `${found}${piece},`));
const named = (text: string, name: string, change: (value: string) => string): string => text.replace(new RegExp(`,"${name}":"([^"]*)"`, 'g'), (_, value: string) => `,"${name}":${JSON.stringify(change(value))}`);

export const JSON_KINDS: readonly Kind[] = [
  kind('a repeated key', ['EVENT_INVALID'], (text, random) => random.pick([
    () => doubled(text, 'amount_cents', String(random.between(1, 999_999))),
    () => doubled(text, 'charge_id', `"ch_${random.between(1, 999_999)}"`),
    () => doubled(text, 'jti', `"j${random.between(1, 999_999)}"`),
    () => doubled(text, 'exp', String(random.between(1, 9_999_999))),
    () => doubled(text, 'quorum', String(random.between(0, 2))),
    () => doubled(text, 'votes', '[]'),
    () => doubled(text, 'dryRun', 'true'),
  ])()),
  kind('another spelling of a number', ['EVENT_INVALID', 'JSON_INVALID'], (text, random) => text.replace(AMOUNT, (_, digits: string) => `"amount_cents":${random.pick([`${digits}.${'0'.repeat(random.between(1, 9))}`, `${digits}e0`, `${digits}E+0`, `${Number(digits) / 100}e2`, '-0', `0${digits}`, `+${digits}`, `0x${digits}`, `${digits}n`, 'NaN', `${digits}${'0'.repeat(random.between(1, 5))}e-${random.between(6, 9)}`, '9007199254740993'])}`)),
  kind('`__proto__`, or another key that nobody knows', ['EVENT_INVALID'], (text, random) => inserted(text, random, `"${random.pick(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toJSON', `x${random.between(1, 999)}`])}":${random.pick(['{"dryRun":true}', 'null', '{"votes":[]}', '[]'])}`)),
  kind('bytes before or behind the event', ['EVENT_INVALID', 'JSON_INVALID'], (text, random) => random.pick([`\ufeff${text}`, `${text}${' '.repeat(random.between(1, 50))}`, `${'\n'.repeat(random.between(1, 50))}${text}`, `${text}\0`, `${text}{}`, `${text}//`, `[${text}]`.slice(1)])),
  kind('another order of keys, white space, or escapes that none are needed for', ['EVENT_INVALID'], (text, random) => random.pick([
    () => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).toReversed())),
    () => JSON.stringify(JSON.parse(text), undefined, random.between(1, 9)),
    () => text.replace('"countersign.action.allowed"', '"countersign.action.\\u0061llowed"'),
    () => text.replace('café', 'caf\\u00e9'),
    () => text.replaceAll('/', '\\/'),
    () => text.replace(',"', `,${' '.repeat(random.between(1, 9))}"`),
  ])()),
  kind('half a character, or bytes that are no UTF-8', ['JSON_INVALID', 'EVENT_INVALID'], (text, random) => random.pick([
    () => text.replace('café', `caf\\ud8${random.between(10, 99)}`),
    () => text.replace('café', `caf\\udc${random.between(10, 99)}x`),
    () => Buffer.from(text.replace('café', 'caf\u0001').replace('\u0001', '\u00ff'), 'latin1'),
    () => Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.of(random.pick([0xc0, 0xf8, 0xff]), 0x80), Buffer.from(text.slice(-2))]),
  ])()),
  kind('a tenant, workflow, run, step or tool that only looks like the other', ['EVENT_INVALID', 'EVENT_MISPLACED'], (text, random) => named(text, random.pick(['tenant', 'workflow', 'run', 'step', 'tool']), (name) => lookAlike(name, random))),
  kind('a type that only looks like one', ['EVENT_TYPE_UNKNOWN', 'EVENT_NOT_CLOUDEVENT', 'EVENT_INVALID'], (text, random) => text.replace('"type":"countersign.action.allowed"', `"type":${random.pick([JSON.stringify(lookAlike('countersign.action.allowed', random)), '"countersign.action.allowed.v2"', '"countersign.action"', '"__proto__"', 'null', '["countersign.action.allowed"]', `"x${random.between(1, 999)}"`])}`)),
  kind('a version that was never published', ['EVENT_VERSION_UNKNOWN'], (text, random) => text.replace(/"dataschema":"[^"]*"/, `"dataschema":"${random.pick([`urn:countersign:action.allowed:${random.between(2, 999)}`, 'urn:countersign:action.denied:1', 'urn:countersign:action.allowed:01', ''])}"`)),
  kind('an event of another topic', ['EVENT_MISPLACED', 'EVENT_INVALID', 'EVENT_VERSION_UNKNOWN'], (text, random) => text.replaceAll('action.allowed', random.pick(['action.succeeded', 'approval.granted', 'key.announced', 'action.proposed', 'ledger.alarm'])), ['ledger']),
  kind('a field that is missing, of another shape, or of nobody', ['EVENT_INVALID'], (text, random) => random.pick([
    () => text.replace(/"cnf":"[0-9a-f]+",/, ''),
    () => text.replace('"aud":"executor"', `"aud":"${random.pick(['gateway', 'executor ', 'EXECUTOR', 'ехecutor'])}"`),
    () => text.replace('"iss":"policy"', `"iss":"${random.pick(['planner', 'executor', 'policy2'])}"`),
    () => text.replace(/"quorum":2/, `"quorum":${random.pick(['-1', '1.5', '"2"', 'null', '[2]'])}`),
    () => text.replace(/"exp":\d+/, `"exp":"${random.between(1, 999)}"`),
    () => text.replace(/"votes":\[/, `"votes":[${random.between(0, 9)},`),
    () => text.replace(/"controlEpoch":\d+/, '"controlEpoch":-7'),
  ])()),
  kind('an event that is too large, or nested without end', ['EVENT_TOO_LARGE', 'EVENT_INVALID'], (text, random) => random.pick([() => text.replace('café', 'x'.repeat(random.between(49_152, 52_000))), () => text.replace('"amount_cents"', `"aa":${'['.repeat(random.between(70, 300))}${']'.repeat(70)},"amount_cents"`)])()),
  kind('an envelope that rests on controls which nobody has signed yet', ['EVENT_INVALID'], (text, random) => text.replace(/"controlepoch":\d+/, `"controlepoch":${random.between(1_000_000, 9_000_000)}`)),
];
