import { expect, it } from 'vitest';
import { unlessAborted } from './unless-aborted.js';

it('what is given up before it was begun leaves no fault that nobody hears of', async () => {
  const unheard: unknown[] = [];
  const listen = (fault: unknown): void => {
    unheard.push(fault);
  };
  process.on('unhandledRejection', listen);
  try {
    await expect(unlessAborted(Promise.reject(new Error('the server is gone')), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await new Promise((resolve) => setImmediate(resolve));
    expect(unheard).toEqual([]);
  } finally {
    process.off('unhandledRejection', listen);
  }
});
