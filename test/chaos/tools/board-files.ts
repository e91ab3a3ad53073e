import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trouble } from './schedule.ts';

/** A call that a server of the board got, and who had started the server. */
export interface BoardCall {
  readonly server: number;
  readonly startedBy: number;
}

export interface Note {
  readonly id: string;
  readonly ticket: string;
  readonly key: string;
}

/** What the board knows, in a folder: it outlives the servers, and several may write to it at a time. It is the outside world's own record. */
export class BoardFiles {
  private readonly notesDir: string;
  private readonly callsDir: string;
  private readonly troublesFile: string;

  constructor(folder: string) {
    [this.notesDir, this.callsDir, this.troublesFile] = [join(folder, 'notes'), join(folder, 'calls'), join(folder, 'troubles.json')];
    for (const each of [this.notesDir, this.callsDir]) mkdirSync(each, { recursive: true });
  }

  /** By ticket: what goes wrong with its first calls. */
  arm(troubles: ReadonlyMap<string, readonly Trouble[]>): void {
    writeFileSync(this.troublesFile, JSON.stringify(Object.fromEntries(troubles)));
  }

  /** Counts a call, and tells what goes wrong with it. */
  takeCall(ticket: string): Trouble | undefined {
    appendFileSync(join(this.callsDir, ticket), `${JSON.stringify({ server: process.pid, startedBy: process.ppid } satisfies BoardCall)}\n`);
    const all = JSON.parse(readFileSync(this.troublesFile, 'utf8')) as Readonly<Record<string, readonly Trouble[]>>;
    return all[ticket]?.[this.calls(ticket).length - 1];
  }

  calls(ticket: string): readonly BoardCall[] {
    try {
      return readFileSync(join(this.callsDir, ticket), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as BoardCall);
    } catch {
      return [];
    }
  }

  /** Puts a note up. A careful board has one of a key, whoever puts it up at the same time. */
  post(ticket: string, key: string, careful: boolean): string {
    const id = careful ? `note-${key}` : `note-${ticket}-${process.pid}-${process.hrtime.bigint()}`;
    try {
      const file = openSync(join(this.notesDir, id), 'wx');
      writeFileSync(file, JSON.stringify({ id, ticket, key } satisfies Note));
      closeSync(file);
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
    }
    return id;
  }

  notes(): readonly Note[] {
    return readdirSync(this.notesDir).map((name) => JSON.parse(readFileSync(join(this.notesDir, name), 'utf8')) as Note);
  }
}
