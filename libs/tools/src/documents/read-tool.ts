import { parseDuration, pointerPart, seconds, type Sha256 } from '@countersign/kernel';
import {
  DEFAULT_ATTEMPTS,
  DEFAULT_MAX_RESULT_BYTES,
  MAX_TOOL_TIMEOUT_SECONDS,
  markFaults,
  type DocumentFault,
  type Idempotency,
  type Invariant,
  type Matcher,
  type ReadBack,
  type ToolContract,
  type UndoSource,
} from '@countersign/domain';
import { placeholdersOf } from '../placeholders.js';
import { schemaFaults } from '../json-schema.js';
import { toolFaults } from './check-tool.js';
import { readRate } from './read-rate.js';
import { readUsd } from './read-usd.js';
import { previewOf } from './read-preview.js';
import { requestOf } from './read-request.js';
import type { RawInvariant, RawMatcher, RawTool, RawUndoSource } from './raw.js';

const matcherOf = (raw: RawMatcher): Matcher | undefined => {
  const given = [raw.equals !== undefined, raw.contains !== undefined, raw.includes !== undefined].filter(Boolean).length;
  if (given !== 1 || (raw.by !== undefined && raw.includes === undefined)) return undefined;
  if (raw.equals !== undefined) return { op: 'equals', to: raw.equals };
  if (raw.contains !== undefined) return { op: 'contains', text: raw.contains };
  return { op: 'includes', all: raw.includes ?? null, ...(raw.by === undefined ? {} : { by: raw.by }) };
};

const matchersOf = (raw: Readonly<Record<string, RawMatcher>>, pointer: string, faults: DocumentFault[]): Record<string, Matcher> =>
  Object.fromEntries(
    Object.entries(raw).flatMap(([key, value]) => {
      const matcher = matcherOf(value);
      if (matcher) return [[key, matcher] as const];
      faults.push({ pointer: `${pointer}/${pointerPart(key)}`, message: 'must be one of `equals`, `contains` and `includes`; `by` goes with `includes`' });
      return [];
    }),
  );

/** The shape lets one of the three stand. */
const invariantOf = ({ of, by, at_most: most, at_least: least, equals }: RawInvariant): Invariant => {
  const place = { of, ...(by !== undefined && { by }) };
  if (most !== undefined) return { ...place, op: 'at-most', to: most };
  return least === undefined ? { ...place, op: 'equals', to: equals ?? 0 } : { ...place, op: 'at-least', to: least };
};

const readBackOf = (raw: NonNullable<RawTool['read_back']>, faults: DocumentFault[]): ReadBack => ({
  request: requestOf(raw.request),
  ...(raw.find === undefined ? {} : { find: { in: raw.find.in, where: matchersOf(raw.find.where, '/read_back/find/where', faults) } }),
  ...(raw.pages === undefined ? {} : { pages: { parameter: raw.pages.parameter, atMost: raw.pages.at_most } }),
  expect: matchersOf(raw.expect, '/read_back/expect', faults),
  ...(raw.invariants && { invariants: raw.invariants.map(invariantOf) }),
  ...(raw.pick === undefined ? {} : { pick: raw.pick }),
});

const idempotencyOf = (raw: RawTool['idempotency'], faults: DocumentFault[]): Idempotency => {
  if (raw?.kind !== 'key') return { kind: raw?.kind ?? 'none' };
  if (raw.memory === undefined) {
    faults.push({ pointer: '/idempotency/memory', message: 'is missing: how long the tool remembers a key decides how long it may be sent again' });
    return { kind: 'none' };
  }
  return { kind: 'key', memory: parseDuration(raw.memory) };
};

/** The shape lets one of the three stand. */
const undoSourceOf = ({ arg, result, value }: RawUndoSource): UndoSource => {
  if (arg !== undefined) return { from: 'arg', pointer: arg };
  return result === undefined ? { from: 'value', value: value ?? null } : { from: 'result', pointer: result };
};

export const readTool = (raw: RawTool, faults: DocumentFault[]): ToolContract => {
  for (const part of ['args', 'result'] as const) {
    faults.push(...schemaFaults(raw[part], `/${part}`, part === 'result' ? ['opened'] : undefined));
    if (raw[part]['type'] !== 'object' || raw[part]['additionalProperties'] !== false) faults.push({ pointer: `/${part}`, message: 'must be a schema of an object with `additionalProperties: false`' });
  }
  faults.push(...markFaults(raw.result, '/result'));
  const timeout = parseDuration(raw.timeout);
  if (timeout > seconds(MAX_TOOL_TIMEOUT_SECONDS)) faults.push({ pointer: '/timeout', message: `must be at most ${MAX_TOOL_TIMEOUT_SECONDS}s` });
  const request = requestOf(raw.request);
  const idempotency = idempotencyOf(raw.idempotency, faults);
  if (idempotency.kind === 'key' && !placeholdersOf([raw.request.path, raw.request.query ?? {}, raw.request.headers ?? {}, raw.request.body ?? null]).includes('idempotency_key')) {
    faults.push({ pointer: '/request', message: 'a tool with `idempotency: key` has to be sent `{idempotency_key}`' });
  }
  const tool: ToolContract = {
    id: raw.id,
    version: raw.version,
    description: raw.description,
    effect: raw.effect,
    ...(raw.reversible === undefined ? {} : { reversible: raw.reversible }),
    risk: raw.risk ?? [],
    args: raw.args,
    result: raw.result,
    connection: raw.connection,
    adapter: raw.adapter,
    ...(raw.credential !== undefined && { credential: raw.credential }),
    ...(raw.long_lived_credential !== undefined && { longLivedCredential: raw.long_lived_credential }),
    request,
    ...(raw.pick === undefined ? {} : { pick: raw.pick }),
    ...(raw.outside_id === undefined ? {} : { outsideId: raw.outside_id }),
    idempotency,
    ...(raw.read_back === undefined ? {} : { readBack: readBackOf(raw.read_back, faults) }),
    ...(raw.preview && { preview: previewOf(raw.preview, faults) }),
    ...(raw.compensation && { compensation: { tool: raw.compensation.tool, args: Object.fromEntries(Object.entries(raw.compensation.args ?? {}).map(([name, source]) => [name, undoSourceOf(source)])) } }),
    ...(raw.undo_window !== undefined && { undoWindow: parseDuration(raw.undo_window) }),
    timeout,
    attempts: raw.attempts ?? DEFAULT_ATTEMPTS,
    ...(raw.concurrency !== undefined && { concurrency: raw.concurrency }),
    ...(raw.rate !== undefined && { rate: readRate(raw.rate) }),
    cost: readUsd(raw.cost_usd ?? 0, '/cost_usd', faults),
    attributes: raw.attributes ?? {},
    destinations: raw.destinations ?? [],
    fromTask: raw.from_task ?? [],
    ...(raw.step_up !== undefined && { stepUp: raw.step_up }),
    resources: raw.resources ?? {},
    ...(raw.fields !== undefined && { fields: raw.fields }),
    ...(raw.records !== undefined && { records: raw.records }),
    resultTrust: raw.result_trust ?? 'untrusted',
    vouchesFor: raw.vouches_for ?? [],
    resultLimits: raw.result_limits ?? {},
    ...(raw.withhold && { withhold: raw.withhold }),
    ...(raw.scan && { scan: raw.scan }),
    ...(raw.description_hash !== undefined && { descriptionHash: raw.description_hash as Sha256 }),
    maxResultBytes: raw.max_result_bytes ?? DEFAULT_MAX_RESULT_BYTES,
  };
  faults.push(...toolFaults(tool));
  return tool;
};
