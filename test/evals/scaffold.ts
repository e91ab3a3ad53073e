import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import { fileIdOf } from '@countersign/domain';
import { stringify } from 'yaml';
import { nameOf } from './task-contracts.ts';
import type { Suite } from './suite.ts';

/** Only a first guess: whoever writes the policies reads each description. */
const READS = /^(get|list|read|search|find|check|view|fetch|query)_/;

const withoutTitles = (value: Json): Json => {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutTitles);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (key === 'title' && typeof inner === 'string' ? [] : [[key, withoutTitles(inner)] as const])));
};

const bodyOf = (schema: JsonObject): JsonObject => Object.fromEntries(Object.keys(isJsonObject(schema['properties']) ? schema['properties'] : {}).map((name) => [name, `{${name}}`]));

const skeleton = (suite: Suite, { name, description, schema }: Suite['tools'][number]): string => {
  const effect = READS.test(name) ? 'read' : 'write';
  const args = { ...(withoutTitles(schema) as JsonObject), additionalProperties: false };
  const tool = {
    id: name,
    version: 1,
    description,
    effect,
    connection: nameOf(suite.name),
    adapter: 'http',
    args,
    result: { type: 'object', additionalProperties: false, properties: { result: {} } },
    request: { method: 'POST', path: `/${name}`, body: bodyOf(schema) },
    timeout: '10s',
  };
  return `${stringify(tool, { lineWidth: 0 })}${effect === 'write' ? '# risk: []           # money, delete, deploy, access, export, send\n# destinations: []   # { arg: /to, kind: email | host | url | channel | account | id }\n# from_task: []      # arguments that the task has to say itself\n' : '# result_trust: trusted   # where nobody else can have written it\n'}`;
};

/** Writes a file for each tool of a suite that has none yet; gives how many. */
export const scaffold = (suite: Suite, config: string): number => {
  const folder = join(config, 'tools', nameOf(suite.name));
  mkdirSync(folder, { recursive: true });
  const missing = suite.tools.filter(({ name }) => !existsSync(join(folder, `${fileIdOf(name)}.yaml`)));
  for (const tool of missing) writeFileSync(join(folder, `${fileIdOf(tool.name)}.yaml`), skeleton(suite, tool));
  return missing.length;
};
