import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../program.js';
import { contextIn } from '../spec-support/context.spec-support.js';
import { placesOf } from './command-tree.js';
import { completion } from './completion.js';

const has = (shell: string): boolean => (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, shell)));
const places = placesOf(createProgram(() => () => Promise.resolve()));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-completion-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scriptFor = async (shell: string): Promise<string> => {
  const { context, out } = contextIn(folder);
  await completion(context, { args: [shell], options: {} });
  return out();
};

const quote = (text: string): string => `'${text}'`;

describe.skipIf(!has('bash'))(`completion in bash${has('bash') ? '' : ' (skipped: there is no bash here)'}`, () => {
  let script: string;
  beforeAll(async () => {
    script = join(folder, 'countersign.bash');
    writeFileSync(script, await scriptFor('bash'));
  });

  /** What bash offers where the cursor is at the end of each of these lines; its words are given as bash splits them. */
  const offered = (...lines: readonly (readonly string[])[]): readonly (readonly string[])[] => {
    const asks = lines.map((words) => `COMP_WORDS=(countersign ${words.map(quote).join(' ')}); COMP_CWORD=${words.length}; _countersign countersign ${quote(words.at(-1) ?? '')}; echo "\${COMPREPLY[*]}"`);
    const said = execFileSync('bash', ['--noprofile', '--norc', '-u', '-c', `source "$1"\n${asks.join('\n')}`, 'bash', script], { encoding: 'utf8' });
    return said.split('\n').slice(0, -1).map((line) => line.split(' ').filter((word) => word !== ''));
  };

  it('offers commands, options and what an option may be', () => {
    expect(offered(['de'], ['dev', 'u'], ['dev', 'up', '--ex'], ['runs', 'show', '--format', 'js'], ['runs', 'show', '--format', '=', 'js'], ['runs', 'show', '--format', '='], ['completion', ''])).toEqual([
      ['demo', 'dev'],
      ['up'],
      ['--examples'],
      ['json', 'jsonl'],
      ['json', 'jsonl'],
      ['text', 'json', 'jsonl'],
      ['bash', 'zsh'],
    ]);
  });

  it('offers at every place what its help shows', () => {
    const asked = places.flatMap(({ at }) => [[...at.split(' ').slice(1), ''], [...at.split(' ').slice(1), '-']]);
    expect(offered(...asked)).toEqual(places.flatMap(({ commands, operands, options }) => [[...commands.flatMap(({ words }) => words), ...operands], options.flatMap(({ words }) => words)]));
    expect(places.map(({ at }) => at)).toContain(' dlq redrive');
  });

  it('does not take the value of an option for a command', () => {
    expect(offered(['--data', 'dev', 'u'], ['--data', 'dev', 'dev', 'u'], ['tail', '--from', '-'])).toEqual([['undo'], ['up'], []]);
  });

  it('is registered, and leaves the rest to file names', () => {
    expect(execFileSync('bash', ['--noprofile', '--norc', '-c', 'source "$1"; complete -p countersign', 'bash', script], { encoding: 'utf8' })).toBe('complete -o default -F _countersign countersign\n');
  });
});

describe('completion in zsh', () => {
  it('has every command and option with what it is for', async () => {
    const script = await scriptFor('zsh');
    for (const { commands, options } of places) {
      for (const { words, description } of [...commands, ...options]) for (const word of words) expect(script).toContain(`'${word}:${description.replaceAll("'", "'\\''")}'`);
    }
  });

  it.skipIf(!has('zsh'))(`offers commands, options and what an option may be${has('zsh') ? '' : ' (skipped: there is no zsh here)'}`, async () => {
    const script = join(folder, 'countersign.zsh');
    writeFileSync(script, await scriptFor('zsh'));
    // What the functions of zsh's own completion are given.
    const stand = 'compdef() { }; _files() { print files }; _describe() { print -r -- "${(P@)@[-1]}" }; source "$1"';
    const offered = (...words: readonly string[]): string => {
      const ask = `${stand}; words=(countersign ${words.map(quote).join(' ')}); CURRENT=$#words; PREFIX=$words[-1]; _countersign`;
      return execFileSync('zsh', ['-f', '-c', ask, 'zsh', script], { encoding: 'utf8' }).trimEnd();
    };
    expect(offered('dev', '')).toContain('up:start it, or find the one that runs');
    expect(offered('dev', 'up', '-')).toContain('--examples:run the payments service');
    expect(offered('runs', 'show', '--format', '')).toBe('text json jsonl');
    expect(offered('completion', '')).toBe('bash: zsh:');
    expect(offered('--data', 'dev', 'up', '')).toContain('demo:');
    expect(offered('task', 'submit', '')).toBe('files');
  });
});
