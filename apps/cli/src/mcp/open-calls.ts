import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { days, isJsonObject, sha256, timestamp, type Clock, type Sha256 } from '@countersign/kernel';
import { writePrivate } from '../dev/private-files.js';

/** The task that a call has become. */
export interface OpenCall {
  /** Of the task. */
  readonly id: string;
  /** RFC 3339; part of the task, so that it is the same task whenever it is handed in. */
  readonly time: string;
  readonly run: string;
}

/** Nobody asks for it any more: its run was over long ago. */
const FORGOTTEN_AFTER = days(30);

const isOpenCall = (value: unknown): value is OpenCall => isJsonObject(value) && [value['id'], value['time'], value['run']].every((part) => typeof part === 'string');

/**
 * Calls that write and whose end nobody was told yet, a file for each, so that they outlive this process: the same call again is the same action,
 * until whoever called has been told its end.
 */
export class OpenCalls {
  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const call = this.read(name);
      if (!call || Date.parse(call.time) < clock.now() - FORGOTTEN_AFTER) rmSync(join(folder, name), { force: true });
    }
  }

  /** The open call of this name, or a new one; `runOf` makes a run of a task. Two processes that open one at the same time get the same. */
  open(name: Sha256, runOf: (task: string) => string): OpenCall {
    const known = this.read(name);
    if (known) return known;
    const id = randomUUID();
    const call: OpenCall = { id, time: timestamp(this.clock.now()), run: runOf(id) };
    const own = join(this.folder, `${name}.${id}`);
    writePrivate(own, JSON.stringify(call));
    try {
      // Made with its content or not at all, and never over another one.
      linkSync(own, join(this.folder, name));
    } catch {
      return this.read(name) ?? call;
    } finally {
      rmSync(own, { force: true });
    }
    return call;
  }

  /** Whoever called has been told the end of this run. */
  close(run: string): void {
    for (const name of readdirSync(this.folder)) if (this.read(name)?.run === run) rmSync(join(this.folder, name), { force: true });
  }

  private read(name: string): OpenCall | undefined {
    try {
      const call: unknown = JSON.parse(readFileSync(join(this.folder, name), 'utf8'));
      return isOpenCall(call) ? call : undefined;
    } catch {
      return undefined;
    }
  }
}

/** What makes two calls the same. */
export const nameOfCall = (...parts: readonly string[]): Sha256 => sha256(JSON.stringify(parts));
