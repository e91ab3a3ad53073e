import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CREDENTIAL_CODES } from '../../apps/executor/src/credentials/credential.js';
import { createProgram } from '../../apps/cli/src/program.js';
import { ERROR_CODES } from '../../libs/kernel/src/error-codes.js';
import { readDocument, WEBHOOK_EVENTS } from '../../libs/tools/src/index.js';

const root = path.resolve(import.meta.dirname, '../..');
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
  ...['apps', 'libs', 'examples'].flatMap((group) => readdirSync(path.join(root, group)).map((name) => `${group}/${name}/README.md`)).filter((file) => existsSync(path.join(root, file))),
];
const textOf = (page: string): string => readFileSync(path.join(root, page), 'utf8');
const program = createProgram(() => () => Promise.resolve());
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** Words of every command line of ours that a page shows, in code blocks and in code spans. */
const commandsOf = (text: string): string[][] =>
  [...text.matchAll(/(?:npm run countersign --|`countersign|^countersign) ([a-z][^`\n|]*)/gm)].map((match) => (match[1] ?? '').trim().split(/\s+/));

/** The first word that names no command. */
const unknownIn = (words: readonly string[]): string | undefined => {
  let here: Command | undefined = program;
  for (const word of words) {
    if (!here || here.commands.length === 0 || !/^[a-z]/.test(word)) return undefined;
    const found: Command | undefined = here.commands.find((command) => word.split('|').some((name) => command.name() === name));
    if (!found) return word;
    here = found;
  }
  return undefined;
};

describe.each(pages)('%s', (page) => {
  const text = textOf(page);

  it('links to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(path.resolve(root, path.dirname(page), link)))).toEqual([]);
  });

  it('shows commands that exist', () => {
    expect(commandsOf(text).map((words) => unknownIn(words)).filter((word) => word !== undefined)).toEqual([]);
  });

  it('shows npm scripts that exist', () => {
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('docs/webhooks.md', () => {
  it('shows a file that is read as it stands, and names every event that there is', () => {
    const page = textOf('docs/webhooks.md');
    const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(readDocument('webhook', parse(block))).toMatchObject({ document: { id: 'ops-chat', tenants: ['acme'] } });
    expect(WEBHOOK_EVENTS.filter((type) => !page.includes(`\`${type.replace('countersign.', '')}\``))).toEqual([]);
  });
});

describe('the codes of docs/connections.md', () => {
  it('are all that the credential broker has, and no others', () => {
    const listed = [...textOf('docs/connections.md').matchAll(/^\| `(credential\.[a-z-]+)` /gm)].map(([, code = '']) => code);
    expect(listed.toSorted()).toEqual(Object.keys(CREDENTIAL_CODES).toSorted());
  });
});

describe('the variables of docs/operations.md', () => {
  const sources = ['apps', 'libs', 'scripts']
    .flatMap((group) => readdirSync(path.join(root, group), { recursive: true, encoding: 'utf8' }).map((file) => `${group}/${file}`))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !/\/(dist|node_modules)\/|\.(spec|spec-support|fixture)\.ts$|\/spec-support\/|^libs\/testing\//.test(file))
    .map(textOf)
    .join('\n');
  /** Of the machine and its shell, which are no matter of ours. */
  const SYSTEM = ['PATH', 'TERM', 'NO_COLOR', 'FORCE_COLOR', 'NX_DAEMON'];
  const isOurs = (name: string): boolean => !SYSTEM.includes(name) && !name.startsWith('OTEL_') && !(name in ERROR_CODES);
  const read = new Set(
    [...sources.matchAll(/'((?:COUNTERSIGN|KAFKA|SLACK)_[A-Z_]*[A-Z])'|\benv(?:\.|\[')([A-Z_]*[A-Z])\b|: '(DATABASE_URL|LOG_LEVEL|READY_FILE|SERVICE_NAME)'/g)].map(([, quoted, ofEnv, field]) => quoted ?? ofEnv ?? field ?? '').filter(isOurs),
  );
  const listed = new Set([...textOf('docs/operations.md').matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([A-Z][A-Z_]*[A-Z])`/g)].map(([, name = '']) => name)).filter(isOurs));

  it('are all that the sources read', () => {
    expect([...read].filter((name) => !listed.has(name))).toEqual([]);
  });

  it('are read, each of them', () => {
    expect([...listed].filter((name) => !read.has(name))).toEqual([]);
  });
});

describe('the rules that the README shows', () => {
  it('are the ones in the example configuration, and can be read', () => {
    const shown = parse(/```yaml\n([\s\S]*?)```/.exec(textOf('README.md'))?.[1] ?? '') as { policies: unknown };
    const used = parse(textOf('config/policies/refund-desk.yaml')) as { policies: unknown };
    expect(shown.policies).toEqual(used.policies);
    expect(readDocument('policy', shown as never)).toHaveProperty('document');
  });
});

describe('an app', () => {
  it.each(readdirSync(path.join(root, 'apps')))('%s has a README that fits a screen', (app) => {
    expect(textOf(`apps/${app}/README.md`).split('\n').length).toBeLessThanOrEqual(60);
  });
});
