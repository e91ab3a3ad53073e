import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CountersignError } from '@countersign/kernel';
import { EXIT, INTERRUPTED } from '../exit-codes.js';
import { Exit, Fault, Interrupted, reportFailure } from './failure.js';
import { createTerminal } from './terminal.js';

const report = (fault: unknown, { json = false, debug = false } = {}) => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = reportFailure(fault, createTerminal({ json, quiet: false, stdout, stderr, env: {} }), debug);
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
};

describe('a failure', () => {
  it('is reported with code, message, the next step and where to read on, and exits 1', () => {
    expect(report(new CountersignError('STACK_NOT_RUNNING', 'no stack runs here', { hint: 'countersign dev up' }))).toEqual({
      code: EXIT.error,
      out: '',
      err: 'error[STACK_NOT_RUNNING]: no stack runs here\n  next: countersign dev up\n  read: docs/errors.md#stack_not_running\n',
    });
  });

  it('of usage exits 2', () => {
    expect(report(new CountersignError('USAGE', 'no such command')).code).toBe(EXIT.usage);
  });

  it('of an archive that is not as it was signed exits 8', () => {
    expect(report(new CountersignError('ARCHIVE_INVALID', 'another record')).code).toBe(EXIT.integrity);
  });

  it('may have an exit code of its own', () => {
    expect(report(new Fault(EXIT.integrity, 'VOTE_INVALID', 'another action')).code).toBe(EXIT.integrity);
  });

  it('that was reported already only exits, and so does an interruption', () => {
    expect(report(new Exit(EXIT.pending))).toEqual({ code: EXIT.pending, out: '', err: '' });
    expect(report(new Interrupted())).toEqual({ code: INTERRUPTED, out: '', err: '' });
  });

  it('is an object on stdout with --json', () => {
    const { out } = report(new CountersignError('NOT_FOUND', 'no run `x`'), { json: true });
    expect(JSON.parse(out)).toEqual({ schema: 1, error: { code: 'NOT_FOUND', message: 'no run `x`', document: 'docs/errors.md#not_found' } });
  });

  it('shows with --debug what it was caused by', () => {
    const fault = new CountersignError('BROKER_UNREACHABLE', 'nothing answers', { cause: new Error('connect ECONNREFUSED', { cause: 'no route' }) });
    const { err } = report(fault, { debug: true });
    expect(err).toContain('caused by: connect ECONNREFUSED');
    expect(err).toContain('caused by: no route');
  });

  it('does not let a message move the cursor', () => {
    expect(report(new CountersignError('NOT_FOUND', 'no run `\u001b[2J`')).err).toContain('no run `\\u001b[2J`');
  });

  it('that is no error of ours says how to find out more', () => {
    expect(report(new TypeError('x is not a function')).err).toBe('error[INTERNAL]: x is not a function\n  next: this is a fault of ours; run again with `--debug` to see where\n  read: docs/errors.md#internal\n');
  });
});
