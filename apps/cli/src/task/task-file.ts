import { randomUUID } from 'node:crypto';
import { CountersignError, timestamp, type JsonObject, type Principal } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { parseJsonObject, readTextFile } from '../json-file.js';
import { unknownName } from '../terminal/unknown-name.js';

/** A CloudEvent as it will be sent, and what was filled in. */
export interface TaskFile {
  /** As it was named on the command line. */
  readonly name: string;
  readonly event: JsonObject;
  readonly id: string;
  /** Empty where the event has none: the gateway says so. */
  readonly source: string;
  /** Absent where the event names none: the gateway finds it by the type. */
  readonly workflow?: string;
  /** The person who hands it in by name; the run is theirs. */
  readonly signer?: Principal;
  /** Detached JWS of the person who hands it in, over the event as canonical JSON; absent where nobody does so by name. */
  readonly jws?: string;
  /** What the file left out. */
  readonly filledIn: readonly string[];
}

const HINT = 'a task is one CloudEvent: `{"specversion":"1.0","id":...,"source":...,"type":...,"data":{...}}`';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Reads one CloudEvent. A missing `time` becomes now, a missing `id` a new one; everything else goes to the gateway as it is,
 * which is the one to judge it. Throws `USAGE` and `JSON_INVALID`.
 */
export const readTaskFile = async (context: CommandContext, name: string): Promise<TaskFile> => {
  const given = parseJsonObject(name, await readTextFile(context, name), HINT);
  const filled: JsonObject = {
    ...(given['id'] === undefined ? { id: randomUUID() } : {}),
    ...(given['time'] === undefined ? { time: timestamp(context.clock.now()) } : {}),
  };
  const event: JsonObject = { ...given, ...filled };
  const workflow = text(event['workflow']);
  return { name, event, id: text(event['id']), source: text(event['source']), ...(workflow === '' ? {} : { workflow }), filledIn: Object.keys(filled) };
};

/** Whose inbox: the one that is named, else the only one there is. Throws `USAGE`. */
export const tenantOf = (named: string | undefined, tenants: readonly string[]): string => {
  const [only, second] = tenants;
  if (named === undefined) {
    if (only !== undefined && second === undefined) return only;
    throw new CountersignError('USAGE', 'there are several tenants, and none is named', { hint: `\`--tenant\` with one of ${tenants.join(', ')}` });
  }
  if (!tenants.includes(named)) throw unknownName('tenant', named, tenants);
  return named;
};
