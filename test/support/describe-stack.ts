import { afterAll, describe, inject } from 'vitest';
import { Stack } from './stack.ts';
import type { GivenStack } from './stack-setup.ts';

/** Five times what a run through all services takes on two busy cores. */
const TEST_TIMEOUT_MS = 90_000;

/** Specs on the stack that all of them share; skipped, with the reason in the title, where none can be started. */
export const describeOnStack = (title: string, define: (stack: Stack, given: GivenStack) => void): void => {
  const given = inject('stack');
  if ('missing' in given) {
    describe.skip(`${title} (${given.missing})`, () => define({} as Stack, { dataDir: '', configDir: '', peopleDir: '' }));
    return;
  }
  describe(title, { timeout: TEST_TIMEOUT_MS }, () => {
    const stack = new Stack(given.dataDir);
    afterAll(() => stack.close());
    define(stack, given);
  });
};
