import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { AgentContract, Pinned, ToolContract } from '@countersign/domain';
import { sha256, type JsonObject } from '@countersign/kernel';
import { readDocument } from '@countersign/tools';

const CONFIG = resolve(import.meta.dirname, '../../../../config');

const read = <Kind extends 'tool' | 'contract'>(kind: Kind, path: string, change: object) => {
  // Whoever changes a tool pins it anew; here nobody does.
  const { description_hash: _pinned, ...file } = parse(readFileSync(join(CONFIG, path), 'utf8')) as JsonObject;
  const body: JsonObject = { ...file, ...change };
  const reading = readDocument(kind, body);
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults));
  return { document: reading.document, version: Number(body['version']), hash: sha256(JSON.stringify(body)) };
};

/** A tool contract of the example configuration, with a change if any. */
export const toolFile = (name: string, change: object = {}): Pinned<ToolContract> => ({ ...read('tool', `tools/${name}.yaml`, change), id: name });

export const contractFile = (name: string, change: object = {}): Pinned<AgentContract> => ({ ...read('contract', `contracts/${name}.yaml`, change), id: name });
