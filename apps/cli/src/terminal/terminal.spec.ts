import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminal, type TerminalOptions } from './terminal.js';

const open = (options: Partial<TerminalOptions> = {}) => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const terminal = createTerminal({ json: false, quiet: false, stdout, stderr, env: {}, ...options });
  return { terminal, out: () => String(stdout.read() ?? ''), err: () => String(stderr.read() ?? '') };
};

const screen = (columns: number) => Object.assign(new PassThrough(), { isTTY: true, columns });

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

  it('writes one line for each object of a stream with --json', () => {
    const { terminal, out } = open({ json: true });
    terminal.line(() => 'a', () => ({ event: 'a' }));
    terminal.line(() => 'b', () => ({ event: 'b' }));
    expect(out()).toBe('{"schema":1,"event":"a"}\n{"schema":1,"event":"b"}\n');
  });

  it('keeps messages to itself with --quiet, and faults not', () => {
    const { terminal, err } = open({ quiet: true });
    terminal.message('two more');
    terminal.fault('error[NOT_FOUND]');
    expect(err()).toBe('error[NOT_FOUND]\n');
  });

  it('shows no progress where stderr is no terminal', () => {
    const { terminal, err } = open();
    terminal.progress('starting Kafka');
    expect(err()).toBe('');
  });

  it('overwrites progress with what comes next, and never lets it wrap', () => {
    const stderr = screen(12);
    const { terminal } = open({ stderr });
    terminal.progress('waiting for the gateway');
    terminal.message('done');
    expect(String(stderr.read())).toBe('waiting fo…\r\u001b[2Kdone\n');
  });

  it.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{}, false],
  ])('colours with %j: %s', (env, colored) => {
    const { terminal } = open({ env });
    expect(terminal.colors.red('x') !== 'x').toBe(colored);
  });

  it('writes no colours to a file of messages, also where the data goes to a terminal', () => {
    const { terminal, err } = open({ stdout: screen(80) });
    terminal.message(terminal.colors.red('no'));
    expect(err()).toBe('no\n');
  });
});
