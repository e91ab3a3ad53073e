import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CountersignError } from '@countersign/kernel';
import { EXIT } from '../exit-codes.js';
import { Exit, reportFailure } from './failure.js';
import { safeText } from './safe-text.js';
import { table } from './table.js';
import { createTerminal, type TerminalOptions } from './terminal.js';

const open = (options: Partial<TerminalOptions> = {}) => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const terminal = createTerminal({ json: false, quiet: false, stdout, stderr, env: {}, ...options });
  return { terminal, out: () => String(stdout.read() ?? ''), err: () => String(stderr.read() ?? '') };
};

describe('the terminal', () => {
  it('writes data to stdout and messages to stderr', () => {
    const { terminal, out, err } = open();
    terminal.result(() => 'two runs', () => ({ runs: 2 }));
    terminal.message('done');
    expect([out(), err()]).toEqual(['two runs\n', 'done\n']);
  });

  it('writes one versioned object with --json', () => {
    const { terminal, out } = open({ json: true });
    terminal.result(() => 'two runs', () => ({ runs: 2 }));
    expect(JSON.parse(out())).toEqual({ schema: 1, runs: 2 });
  });

  it('shows no progress where stderr is no terminal', () => {
    const { terminal, err } = open();
    terminal.progress('starting Kafka');
    expect(err()).toBe('');
  });

  it.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{}, false],
  ])('colours with %j: %s', (env, colored) => {
    const { terminal } = open({ env });
    expect(terminal.colors.red('x') !== 'x').toBe(colored);
  });

  it('aligns columns and cuts the last one on a narrow terminal only', () => {
    const rows = [['run-1', 'succeeded', 'a long reason'], ['run-10', 'denied', '']];
    expect(table(['RUN', 'OUTCOME', 'REASON'], rows)).toBe('RUN     OUTCOME    REASON\nrun-1   succeeded  a long reason\nrun-10  denied     ');
    expect(table(['RUN', 'OUTCOME', 'REASON'], rows, 24).split('\n')[1]).toBe('run-1   succeeded  a lo…');
  });

  it('makes escape sequences and direction marks of strangers visible', () => {
    expect(safeText('a\u001b[31mred\u202Eevil')).toBe('a\\u001b[31mred\\u202eevil');
  });
});

describe('a failure', () => {
  it('is reported with code, message and the next step, and exits 1', () => {
    const { terminal, err } = open();
    expect(reportFailure(new CountersignError('STACK_NOT_RUNNING', 'no stack runs here', { hint: 'countersign dev up' }), terminal, false)).toBe(EXIT.error);
    expect(err()).toBe('error[STACK_NOT_RUNNING]: no stack runs here\n  next: countersign dev up\n');
  });

  it('of usage exits 2, and an exit keeps its code without a word', () => {
    const { terminal, err } = open();
    expect(reportFailure(new CountersignError('USAGE', 'no such command'), terminal, false)).toBe(EXIT.usage);
    err();
    expect(reportFailure(new Exit(EXIT.pending), terminal, false)).toBe(EXIT.pending);
    expect(err()).toBe('');
  });

  it('is an object on stdout with --json', () => {
    const { terminal, out } = open({ json: true });
    reportFailure(new CountersignError('NOT_FOUND', 'no run `x`'), terminal, false);
    expect(JSON.parse(out())).toEqual({ schema: 1, error: { code: 'NOT_FOUND', message: 'no run `x`' } });
  });
});
