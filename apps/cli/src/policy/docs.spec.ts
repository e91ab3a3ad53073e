import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliProcess } from '../cli.js';

const root = resolve(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, 'docs/policy-tools.md'), 'utf8');

interface Example {
  readonly lines: readonly string[];
  /** What the page says the last line prints. */
  readonly printed: string;
}

/** A block of commands, right before a block of what they print. */
const examples: readonly Example[] = [...page.matchAll(/```sh\n([^`]*(?:'[^']*'[^`]*)*)```\n\n```text\n([\s\S]*?)```/g)].map(([, commands = '', printed = '']) => ({ lines: commands.trim().split('\n'), printed }));

/** Any change of the configuration changes it. */
const withoutHash = (text: string): string => text.replaceAll(/policy set [0-9a-f]+/g, 'policy set HASH');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-docs-'));
  cpSync(join(root, 'config'), join(folder, 'config'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const countersign = async (args: readonly string[]): Promise<string> => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const host = { env: { COUNTERSIGN_HOME: folder }, cwd: () => folder, stdin, stdout, stderr, exitCode: undefined, on: () => undefined, exit: () => undefined } as unknown as CliProcess;
  await runCli(args, host);
  return String(stdout.read() ?? '');
};

/** The few commands of a shell that the page shows. */
const perform = async (line: string): Promise<string> => {
  const [, from = '', to = ''] = /^cp -r (\S+) (\S+)$/.exec(line) ?? [];
  const [, old = '', fresh = '', edited = ''] = /^sed -i 's\/(.*)\/(.*)\/' (\S+)$/.exec(line) ?? [];
  const [, said = '', file = ''] = /^echo '(.*)' > (\S+)$/.exec(line) ?? [];
  const [, args] = /^npm run countersign -- (.*)$/.exec(line) ?? [];
  if (from !== '') cpSync(join(folder, from), join(folder, to), { recursive: true });
  else if (edited !== '') writeFileSync(join(folder, edited), readFileSync(join(folder, edited), 'utf8').replace(old, fresh));
  else if (file !== '') writeFileSync(join(folder, file), said);
  else if (args !== undefined) return countersign(args.split(' '));
  else throw new Error(`the page shows what no test can do: ${line}`);
  return '';
};

describe('docs/policy-tools.md', () => {
  it('shows what is really printed, command by command', { timeout: 120_000 }, async () => {
    expect(examples.length).toBe(4);
    for (const { lines, printed } of examples) {
      let last = '';
      for (const line of lines) last = await perform(line);
      expect(withoutHash(last)).toBe(withoutHash(printed));
    }
  });
});
