import { canonicalJson, isJsonObject, parseExactJson, parseTimestamp, type ExactJson, type Instant, type JsonObject } from '@countersign/kernel';
import { MAX_EVENT_BYTES, nestsDeeperThan, type Fault } from '@countersign/contracts';

/** An event of ours carries the task's data and more: what the gateway and the planner add to it takes less than 8 KiB. */
export const MAX_FOREIGN_BYTES = MAX_EVENT_BYTES - 8 * 1024;

/** Our own events nest what a task says a few levels deeper, and allow 64. */
export const MAX_FOREIGN_NESTING = 48;

/** A CloudEvent as a stranger sent it: what we know of it, and the rest apart. */
export interface ForeignEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: Instant | undefined;
  readonly workflow: string | undefined;
  readonly data: JsonObject;
  /** Attributes that we do not know: kept, never acted on. */
  readonly extensions: JsonObject;
}

/** Why the door does not take a record, and as much of its identity as could be read. */
export interface Unreadable {
  readonly code: 'event.too-large' | 'event.not-json' | 'event.not-cloudevent' | 'number.inexact';
  readonly message: string;
  readonly faults: readonly Fault[];
  readonly task?: string;
  readonly source?: string;
}

export type ForeignRecord = { readonly value: Buffer | null; readonly headers: Readonly<Record<string, Buffer>> };

const KNOWN = new Set(['specversion', 'id', 'source', 'type', 'time', 'workflow', 'data', 'datacontenttype', 'dataschema', 'subject']);

/** As long as our own envelope allows. */
const LONGEST_ATTRIBUTE = 200;

/** Headers of the binary mode carry one attribute each, as `ce_<name>`. */
const BINARY_PREFIX = 'ce_';

const parse = (bytes: Buffer): ExactJson | undefined => {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};

/** The event as one object: a structured one is the value itself, a binary one has its attributes in the headers. */
const eventOf = ({ headers }: ForeignRecord, json: ExactJson): ExactJson => {
  const binary = Object.keys(headers).filter((name) => name.startsWith(BINARY_PREFIX));
  if (binary.length === 0) return json;
  const attributes = Object.fromEntries(binary.map((name) => [name.slice(BINARY_PREFIX.length), String(headers[name])]));
  return { value: { ...attributes, data: json.value }, inexact: json.inexact.map((pointer) => `/data${pointer}`) };
};

const faultsOf = (event: JsonObject): Fault[] => {
  const faults: Fault[] = [];
  if (event['specversion'] !== '1.0') faults.push({ pointer: '/specversion', message: 'must be `1.0`' });
  for (const name of ['id', 'source', 'type'] as const) {
    const value = event[name];
    if (typeof value !== 'string' || value === '' || value.length > LONGEST_ATTRIBUTE) {
      faults.push({ pointer: `/${name}`, message: `must be a text of 1 to ${LONGEST_ATTRIBUTE} characters` });
    }
  }
  if (event['time'] !== undefined && (typeof event['time'] !== 'string' || parseTimestamp(event['time']) === undefined)) {
    faults.push({ pointer: '/time', message: 'must be an RFC 3339 time' });
  }
  if (event['workflow'] !== undefined && text(event['workflow']) === undefined) faults.push({ pointer: '/workflow', message: `must be a text of 1 to ${LONGEST_ATTRIBUTE} characters` });
  if (!isJsonObject(event['data'])) faults.push({ pointer: '/data', message: 'must be a JSON object' });
  return faults;
};

/** Size of the event as we would write it: `1e20` takes five bytes here and 21 there. Nothing where it cannot be written. */
const canonicalSize = (event: JsonObject): number | undefined => {
  try {
    return Buffer.byteLength(canonicalJson(event));
  } catch {
    return undefined;
  }
};

const tooLarge = (bytes: number): Unreadable => ({ code: 'event.too-large', message: `the event has ${bytes} bytes; at most ${MAX_FOREIGN_BYTES} are taken`, faults: [] });

/** A text that an event can carry, or nothing. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_ATTRIBUTE && value.isWellFormed() ? value : undefined;

/** Reads a CloudEvent 1.0, structured or binary, in any key order; needs no content type, because default producers send none. */
export const readForeignEvent = (record: ForeignRecord): ForeignEvent | Unreadable => {
  const bytes = record.value ?? Buffer.alloc(0);
  if (bytes.length > MAX_FOREIGN_BYTES) return tooLarge(bytes.length);
  if (nestsDeeperThan(bytes, MAX_FOREIGN_NESTING)) return { code: 'event.not-cloudevent', message: `the event is nested deeper than ${MAX_FOREIGN_NESTING}`, faults: [] };
  const json = parse(bytes);
  if (json === undefined) return { code: 'event.not-json', message: 'the value is no JSON in UTF-8', faults: [] };
  const { value: event, inexact } = eventOf(record, json);
  if (!isJsonObject(event)) return { code: 'event.not-cloudevent', message: 'the value is no JSON object', faults: [{ pointer: '', message: 'must be an object' }] };
  const task = text(event['id']);
  const source = text(event['source']);
  const known = { ...(task === undefined ? {} : { task }), ...(source === undefined ? {} : { source }) };
  if (inexact.length > 0) {
    const faults = inexact.map((pointer) => ({ pointer, message: 'is an integer that a JSON number does not hold; send its digits as text' }));
    return { code: 'number.inexact', message: 'the event holds integers that would have to be rounded', faults, ...known };
  }
  const size = canonicalSize(event);
  if (size === undefined) return { code: 'event.not-json', message: 'the event holds a number out of range, or half of a character', faults: [], ...known };
  if (size > MAX_FOREIGN_BYTES) return { ...tooLarge(size), ...known };
  const faults = faultsOf(event);
  if (faults.length > 0) return { code: 'event.not-cloudevent', message: 'the event is no CloudEvent 1.0', faults, ...known };
  return {
    id: event['id'] as string,
    source: event['source'] as string,
    type: event['type'] as string,
    time: event['time'] === undefined ? undefined : parseTimestamp(event['time'] as string),
    workflow: text(event['workflow']),
    data: event['data'] as JsonObject,
    extensions: Object.fromEntries(Object.entries(event).filter(([name]) => !KNOWN.has(name) || name === 'subject' || name === 'dataschema')),
  };
};

export const isUnreadable = (event: ForeignEvent | Unreadable): event is Unreadable => 'code' in event;
