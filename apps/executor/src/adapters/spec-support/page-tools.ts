import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pinned, ToolContract } from '@countersign/domain';
import { NO_KEYS, Seals } from '@countersign/privacy';
import { idempotencyKeyOf, type Instant, type JsonObject } from '@countersign/kernel';
import { loadConfig } from '@countersign/tools';
import type { Errand } from '../../credentials/credential.js';
import { Credentials } from '../../credentials/credentials.js';
import type { Connection } from '../connections.js';
import type { ToolClient } from '../tool-client.js';
import { Tools } from '../tools.js';

export const ROOT = path.resolve(import.meta.dirname, '../../../../..');
export const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';

/** The tool contracts of `docs/adapters.md`. */
const pageTools = (): readonly Pinned<ToolContract>[] => {
  const folder = mkdtempSync(path.join(tmpdir(), 'page-tools-'));
  mkdirSync(path.join(folder, 'tools'));
  for (const [, block = ''] of readFileSync(path.join(ROOT, 'docs/adapters.md'), 'utf8').matchAll(/^```yaml\n(id: [\s\S]*?)^```$/gm)) {
    const id = /^id: (.*)$/m.exec(block)?.[1] ?? '';
    writeFileSync(path.join(folder, 'tools', `${id}.yaml`), block);
  }
  const { documents, faults } = loadConfig(folder);
  rmSync(folder, { recursive: true });
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return documents.tools;
};

export const pageTool = (name: string): Pinned<ToolContract> => {
  const tool = pageTools().find(({ document }) => document.id === name);
  if (!tool) throw new Error(`the page has no tool ${name}`);
  return tool;
};

export const errandWith = (args: JsonObject, step = 'act'): Errand => ({ action: { tenant: 'acme', args, run: RUN, step, idempotencyKey: idempotencyKeyOf('acme', RUN, step) }, jti: 'jti-1', exp: 60 }) as unknown as Errand;

/** Hands out what stands in the file. */
export const brokerOf = (): Credentials => new Credentials({ namespace: 'countersign', variables: new Map(), clock: { now: () => 0 as Instant } });

/** Tools whose one system is the tool's own. */
export const toolsOf = ({ document: { adapter, connection: name } }: Pinned<ToolContract>, client: ToolClient, connection: Connection): Tools =>
  new Tools({ clients: { [adapter]: client }, connections: new Map([[name, connection]]), credentials: brokerOf(), blobs: { put: () => Promise.reject(new Error('no blob here')) }, seals: new Seals(NO_KEYS), now: () => 0 as Instant });

export const soon = (): AbortSignal => AbortSignal.timeout(20_000);
