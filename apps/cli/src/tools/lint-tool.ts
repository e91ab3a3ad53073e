import type { Risk, ToolContract } from '@countersign/domain';
import { atPointer, isJsonObject, pointerPart, type Json, type JsonObject } from '@countersign/kernel';
import { disguise, speaksToModel, textsOf } from './tool-words.js';

export interface Finding {
  /** `error` fails the command, `warning` only with `--strict`. */
  readonly severity: 'error' | 'warning';
  readonly code: string;
  /** Pointer into the file. */
  readonly pointer: string;
  readonly message: string;
}

const error = (code: string, pointer: string, message: string): Finding => ({ severity: 'error', code, pointer, message });
const warning = (code: string, pointer: string, message: string): Finding => ({ severity: 'warning', code, pointer, message });

/** What a tool may do by the look of its name or its request. */
const SIGNS: readonly (readonly [Risk, RegExp])[] = [
  ['delete', /delet|remov|purge|drop|destroy|erase|truncat/],
  ['money', /refund|pay|payout|transfer|charge|invoice|withdraw/],
  ['send', /send|mail|messag|notif|post|publish|comment|reply/],
  ['export', /export|download|dump|backup/],
  ['deploy', /deploy|release|rollout|restart|scale/],
  ['access', /grant|role|permission|invite|password|token|credential|member/],
];

/** Risks that a write tool's name or method lets one expect. */
export const riskSigns = (id: string, method: string): readonly Risk[] =>
  SIGNS.filter(([risk, sign]) => sign.test(id.split('.').slice(1).join('.').toLowerCase() || id.toLowerCase()) || (risk === 'delete' && method === 'DELETE')).map(([risk]) => risk);

const words = (tool: ToolContract, others: readonly string[]): readonly Finding[] =>
  textsOf(tool).flatMap(({ pointer, text }) => {
    const hidden = disguise(text);
    const named = others.find((other) => new RegExp(`(?<![\\w.-])${other.replaceAll('.', '\\.')}(?![\\w.-])`, 'i').test(text));
    return [
      ...(hidden === undefined ? [] : [error('words.disguised', pointer, hidden)]),
      ...(speaksToModel(text) ? [error('words.to-a-model', pointer, 'speaks to a model instead of saying what the tool does')] : []),
      ...(named === undefined ? [] : [error('words.other-tool', pointer, `names the tool \`${named}\`: which tools are called is not for a description to say`)]),
    ];
  });

/** Objects in a schema that take keys which nobody named. */
const openObjects = (value: Json, pointer: string): readonly Finding[] => {
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => openObjects(item, `${pointer}/${index}`));
  if (!isJsonObject(value)) return [];
  const isObject = value['type'] === 'object' || isJsonObject(value['properties'] ?? null);
  const here = isObject && value['additionalProperties'] !== false ? [error('schema.open', pointer, 'takes keys that nobody named: `additionalProperties: false` closes it')] : [];
  const untyped = pointer !== '/args' && isSchemaPlace(pointer) && ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref'].every((key) => value[key] === undefined) ? [error('schema.open', pointer, 'takes anything: it has no type')] : [];
  return [...here, ...untyped, ...Object.entries(value).flatMap(([key, item]) => (DATA.has(key) ? [] : openObjects(item, `${pointer}/${pointerPart(key)}`)))];
};

const DATA = new Set(['enum', 'const', 'default', 'examples', 'required']);
const isSchemaPlace = (pointer: string): boolean => /\/(?:properties\/[^/]+|items)$/.test(pointer);

/** Arguments whose text is free: no list of values, no pattern and no format says what it can be. */
const freeTexts = (args: JsonObject): readonly string[] => {
  const properties: Json = args['properties'] ?? {};
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) =>
    isJsonObject(schema) && schema['type'] === 'string' && ['enum', 'const', 'pattern', 'format'].every((key) => schema[key] === undefined) ? [`/${pointerPart(name)}`] : [],
  );
};

const writes = (tool: ToolContract): readonly Finding[] => {
  const outward = tool.risk.filter((risk) => risk === 'send' || risk === 'money' || risk === 'export');
  const signs = riskSigns(tool.id, tool.request.method).filter((risk) => !tool.risk.includes(risk));
  const isBound = tool.destinations.length > 0 || tool.fromTask.length > 0;
  return [
    ...(outward.length > 0 && !isBound ? [error('destinations.missing', '/risk', `\`${outward.join('`, `')}\` goes somewhere, and neither \`destinations\` nor \`from_task\` says which argument tells where`)] : []),
    ...(tool.risk.includes('money') && tool.idempotency.kind === 'none' ? [error('idempotency.missing', '/idempotency', 'moves money, and a repeat would move it twice: there is no idempotency key')] : []),
    // What the executor does with its own keys nobody could say better than it.
    ...(tool.readBack || tool.adapter === 'privacy' ? [] : [warning('read-back.missing', '/id', 'writes, and there is no `read_back` to see what became of it')]),
    ...(signs.length > 0 && tool.risk.length === 0 ? [warning('risk.missing', '/id', `looks like \`${signs.join('`, `')}\`, and states no \`risk\``)] : []),
    ...(tool.scan ? freeTexts(tool.args).filter((text) => !tool.scan?.some((scanned) => text === scanned || text.startsWith(`${scanned}/`))) : []).map((text) =>
      error('scan.missing', '/scan', `free text leaves with \`${text}\`, and is not scanned`),
    ),
  ];
};

const unbounded = (tool: ToolContract): readonly Finding[] =>
  freeTexts(tool.args).flatMap((text) => {
    const schema = atPointer(tool.args['properties'] as JsonObject, text);
    return isJsonObject(schema) && schema['maxLength'] === undefined ? [warning('text.unbounded', `/args/properties${text}`, 'is a text of any length: `maxLength` bounds it')] : [];
  });

/** What is dangerous about a tool contract though it can be read. `others`: names of the other tools. */
export const lintTool = (tool: ToolContract, others: readonly string[]): readonly Finding[] => [
  ...words(tool, others),
  ...openObjects(tool.args, '/args'),
  ...(tool.effect === 'write' ? writes(tool) : []),
  ...unbounded(tool),
  ...(tool.effect === 'read' && tool.request.method !== 'GET' && tool.adapter !== 'mcp' ? [warning('effect.doubtful', '/effect', `only reads, and is sent as ${tool.request.method}`)] : []),
  ...(tool.descriptionHash === undefined ? [warning('description-hash.missing', '/description', 'is not pinned: `tools pin` writes its hash into the file')] : []),
];
