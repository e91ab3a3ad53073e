import { appendFileSync } from 'node:fs';
import type { ToolAnswer, ToolClient, ToolRequest } from '@countersign/executor/dist/adapters/tool-client.js';
import type { Connection } from '@countersign/executor/dist/adapters/connections.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type JsonObject } from '@countersign/kernel';
import { HANGING_PATH, KEY_HEADER, KEY_QUERY } from './bench-config.js';
import { CALLS_VARIABLE, preciseNow } from './call-log.js';

/** Far more than runs at a time: an effect is looked at right after the call. */
const KEPT = 10_000;

const NOTE_EVERY_MS = 10;

/** Just below the 5 s after which a call of the bench is given up. */
const HANGS_MS = 4_500;

/** The tool of the bench: it takes no time, and shows afterwards what it was asked to do. */
export class StubToolClient implements ToolClient {
  private readonly noted: string[] = [];
  private readonly lines = new Map<string, JsonObject>();

  async send(_: Connection, request: ToolRequest): Promise<ToolAnswer> {
    if (request.path === HANGING_PATH) await sleep(HANGS_MS);
    return request.method === 'POST' ? this.write(request) : this.find(request);
  }

  private write({ headers, body }: ToolRequest): ToolAnswer {
    const key = headers[KEY_HEADER];
    if (key === undefined || !isJsonObject(body)) return { kind: 'answered', status: 400 };
    this.noteCall(key);
    const line = this.lines.get(key) ?? { ...body, key, id: `line-${key.slice(0, 16)}` };
    this.lines.set(key, line);
    for (const [oldest] of this.lines) {
      if (this.lines.size <= KEPT) break;
      this.lines.delete(oldest);
    }
    return { kind: 'answered', status: 201, body: line };
  }

  /** Written down a little later, all at once, so that it takes the executor next to no time. */
  private noteCall(key: string): void {
    const path = process.env[CALLS_VARIABLE];
    if (!path) return;
    if (this.noted.push(`${preciseNow().toFixed(2)} ${key}\n`) > 1) return;
    setTimeout(() => appendFileSync(path, this.noted.splice(0).join('')), NOTE_EVERY_MS);
  }

  private find({ query }: ToolRequest): ToolAnswer {
    const line = this.lines.get(String(query[KEY_QUERY]));
    return { kind: 'answered', status: 200, body: { lines: line ? [line] : [] } };
  }
}
