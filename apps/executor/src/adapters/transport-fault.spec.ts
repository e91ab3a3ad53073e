import { describe, expect, it } from 'vitest';
import { answerOfFault } from './transport-fault.js';

const fault = (code: string, syscall?: string): Error => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code, ...(syscall === undefined ? {} : { syscall }) }) });
const live = new AbortController().signal;

describe('a fault of a request', () => {
  it.each([
    [fault('ECONNREFUSED', 'connect'), { kind: 'not-sent', code: 'ECONNREFUSED' }],
    [fault('EHOSTUNREACH', 'connect'), { kind: 'not-sent', code: 'EHOSTUNREACH' }],
    [fault('EHOSTUNREACH', 'read'), { kind: 'broken', code: 'EHOSTUNREACH' }],
    [fault('ECONNRESET', 'read'), { kind: 'broken', code: 'ECONNRESET' }],
    [new Error('what'), { kind: 'broken', code: 'UNKNOWN' }],
  ])('means what is known of the effect: %o', (error, answer) => {
    expect(answerOfFault(error, live)).toEqual(answer);
  });

  it('after the deadline is a timeout, unless nothing had left', () => {
    expect(answerOfFault(fault('ECONNRESET'), AbortSignal.abort())).toEqual({ kind: 'timeout' });
    expect(answerOfFault(fault('ECONNREFUSED'), AbortSignal.abort())).toEqual({ kind: 'not-sent', code: 'ECONNREFUSED' });
  });
});
