import { describe, expect, it } from 'vitest';
import { theRun } from './the-run.js';

const RUNS = ['run-AbCdEfGhIjKlMnOpQrStUv', 'run-AbZzEfGhIjKlMnOpQrStUv', 'run-XyCdEfGhIjKlMnOpQrStUv'].map((id) => ({ id }));
const view = { command: (args: string) => `countersign ${args}` };

describe('a run of the archive', () => {
  it.each(['run-AbCd', 'AbCd', 'run-AbCdEfGhIjKlMnOpQrStUv'])('is known by `%s`', (typed) => {
    expect(theRun(RUNS, typed, view).id).toBe('run-AbCdEfGhIjKlMnOpQrStUv');
  });

  it('that is not there is no empty answer', () => {
    expect(() => theRun(RUNS, 'run-NOSUCH', view)).toThrow(expect.objectContaining({ code: 'NOT_FOUND', hint: expect.stringContaining('`countersign runs list`') }));
  });

  it('is asked for again where several begin so', () => {
    expect(() => theRun(RUNS, 'Ab', view)).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('run-AbZzEfGhIjKlMnOpQrStUv') }));
  });
});
