import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MemoryStore } from '@countersign/archive';
import type { Action } from '../../../apps/cli/src/command-context.js';
import { contextIn } from '../../../apps/cli/src/spec-support/context.spec-support.js';
import { subjectOf, type Subject } from '../../tamper/judge.ts';
import { randomOf } from '../../support/random.ts';
import { ROOT } from './desk.ts';

const SEED = 7;

/** A signed archive in a folder, and commands that are run there by somebody who has nothing else. */
export class ArchiveFolder {
  private constructor(
    readonly folder: string,
    readonly subject: Subject,
  ) {}

  static async make(): Promise<ArchiveFolder> {
    const made = new ArchiveFolder(mkdtempSync(join(tmpdir(), 'archive-')), await subjectOf(randomOf(SEED)));
    await made.write('archive', made.subject.archived.store);
    writeFileSync(made.path('root.json'), JSON.stringify(ROOT));
    return made;
  }

  get anchor(): string {
    return this.subject.archived.anchor;
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes what a store has into a folder. */
  async write(name: string, store: MemoryStore): Promise<void> {
    for await (const path of store.list('')) {
      const file = this.path(name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, (await store.get(path)) ?? '');
    }
  }

  /** The exit code and what is printed with `--json`; the key of the anchor is named. */
  async run<Options>(action: Action<Options>, args: readonly string[], options: Omit<Options, 'anchor'>): Promise<{ readonly code: number | void; readonly printed: Readonly<Record<string, unknown>> }> {
    const { context, out } = contextIn(this.folder, { json: true });
    const code = await action(context, { args: [...args], options: { ...options, anchor: this.anchor } as Options });
    return { code, printed: JSON.parse(out()) as Readonly<Record<string, unknown>> };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
