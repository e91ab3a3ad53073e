import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { canonicalJson, CountersignError, isJsonObject, messageOf, type Json } from '@countersign/kernel';
import { readMcp, type ForeignTools } from '@countersign/tools';

/** Above the largest descriptions that are published (GitHub's has 12 MiB). */
const LARGEST_DESCRIPTION = 32 * 1024 * 1024;

/** What a file holds, JSON or YAML; throws `CONFIG_INVALID`. */
const jsonIn = (cwd: string, file: string): Json => {
  try {
    const path = resolve(cwd, file);
    if (statSync(path).size > LARGEST_DESCRIPTION) throw new Error(`it is larger than ${LARGEST_DESCRIPTION / 1024 / 1024} MiB`);
    const document = parseDocument(readFileSync(path, 'utf8'), { stringKeys: true, merge: true });
    const [fault] = document.errors;
    if (fault) throw fault;
    return JSON.parse(canonicalJson(document.toJS({ maxAliasCount: 1_000 }))) as Json;
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `\`${basename(file)}\` cannot be read: ${messageOf(cause).split('\n')[0] ?? ''}`, { cause });
  }
};

export type ForeignKind = 'openapi' | 'mcp';

/** The tools that a file describes: an OpenAPI document, or an answer to `tools/list`. Throws `CONFIG_INVALID`. */
export const readForeign = async (cwd: string, file: string, kind?: ForeignKind): Promise<ForeignTools> => {
  const document = jsonIn(cwd, file);
  const isOpenApi = isJsonObject(document) && document['openapi'] !== undefined;
  if (kind === 'mcp' || (kind === undefined && !isOpenApi)) return readMcp(document);
  if (!isJsonObject(document)) throw new CountersignError('CONFIG_INVALID', `\`${basename(file)}\` is no OpenAPI document`);
  // Loaded only where it is needed: it is large.
  return (await import('./read-openapi.js')).readOpenApi(document);
};
