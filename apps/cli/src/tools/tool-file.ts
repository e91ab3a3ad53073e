import { Document, isMap, isScalar, type Scalar } from 'yaml';
import { isJsonObject, pointerPart, type Json } from '@countersign/kernel';
import { descriptionHashOf, type ForeignTool } from '@countersign/tools';
import { riskSigns } from './lint-tool.js';

export interface ToolFile {
  readonly id: string;
  /** Name of the file below `tools/`. */
  readonly name: string;
  readonly text: string;
}

const CONFIRM = ' guessed: confirm it, and take this comment away';
/** Answers of strange systems are slow before they are known. */
const TIMEOUT = '10s';
/** A name that says where something goes. */
const WHERE_TO = /^(?:to|cc|bcc|recipients?|emails?|url|uri|webhook(?:_url)?|callback(?:_url)?|channel|iban|account(?:_id)?|destination)$/i;

const kindOf = (name: string, schema: Json): string | undefined => {
  const format = isJsonObject(schema) ? (schema['format'] ?? (isJsonObject(schema['items'] ?? null) ? (schema['items'] as { readonly format?: Json }).format : undefined)) : undefined;
  if (format === 'email') return 'email';
  if (format === 'uri') return 'url';
  if (!WHERE_TO.test(name)) return undefined;
  if (/mail|^to$|cc$|recipient/i.test(name)) return 'email';
  if (/url|uri|hook|callback/i.test(name)) return 'url';
  return /channel/i.test(name) ? 'channel' : 'account';
};

/** Arguments that look as if they say where something goes. */
export const placesIn = ({ args }: Pick<ForeignTool, 'args'>): readonly { readonly arg: string; readonly kind: string }[] => {
  const properties: Json = args['properties'] ?? {};
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) => {
    const kind = kindOf(name, schema);
    return kind === undefined ? [] : [{ arg: `/${pointerPart(name)}`, kind }];
  });
};

const isFilled = (value: object): boolean => Object.keys(value).length > 0;

/** What is written down; whatever was not said is at its most careful. */
const bodyOf = (tool: ForeignTool, connection: string, risk: readonly string[], destinations: readonly object[], timeout: string): Readonly<Record<string, unknown>> => {
  const { method, path, query, headers, body, encoding } = tool.request;
  return {
    id: `${connection}.${tool.name}`,
    version: 1,
    description: tool.description,
    description_hash: descriptionHashOf(tool),
    effect: tool.effect,
    ...(risk.length > 0 && { risk }),
    connection,
    adapter: tool.adapter,
    args: tool.args,
    result: tool.result,
    request: { method, path, ...(isFilled(query) && { query }), ...(isFilled(headers) && { headers }), ...(body === undefined ? {} : { body }), ...(encoding && { encoding }) },
    pick: tool.pick,
    ...(destinations.length > 0 && { destinations }),
    idempotency: tool.takesKey ? { kind: 'key', memory: '1h' } : { kind: tool.effect === 'read' ? 'natural' : 'none' },
    result_trust: 'untrusted',
    timeout,
    attempts: tool.effect === 'read' || tool.takesKey ? 3 : 1,
  };
};

/** The file of a tool that was imported; the same text for the same description. */
export const toolFile = (tool: ForeignTool, connection: string, timeout = TIMEOUT): ToolFile => {
  const id = `${connection}.${tool.name}`;
  const risk = tool.effect === 'write' ? riskSigns(id, tool.request.method) : [];
  const body = bodyOf(tool, connection, risk, tool.effect === 'read' ? [] : placesIn(tool), timeout);
  const document = new Document(body, { aliasDuplicateObjects: false });
  document.commentBefore = ` Imported from \`${tool.origin.replaceAll(/\s+/g, ' ')}\`. No agent can call it before a contract lists it.`;
  const note = (key: string, text: string): void => {
    const map = document.contents;
    const pair = isMap(map) ? map.items.find((each) => isScalar(each.key) && each.key.value === key) : undefined;
    if (pair) (pair.key as Scalar).commentBefore = text;
  };
  if (risk.length > 0) note('risk', CONFIRM);
  if (tool.effect === 'write' && risk.length === 0) note('effect', ' No risk is stated (money, delete, deploy, access, export, send): confirm that there is none');
  note('destinations', CONFIRM);
  if (tool.takesKey) note('idempotency', ' How long the other side remembers a key is not in its description: confirm it');
  if (tool.effect === 'write') note('timeout', ' A `read_back` would tell what became of a call that had no answer');
  return { id, name: `${id}.yaml`, text: document.toString({ lineWidth: 0 }) };
};
