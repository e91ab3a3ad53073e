import { afterAll, inject } from 'vitest';
import { Stack } from './stack.ts';
import type { GivenStack } from './stack-setup.ts';

const given = inject('stack');

/** Why no stack could be started here; `undefined` where one runs. */
export const stackMissing = 'missing' in given ? given.missing : undefined;
/** For titles: what is skipped says why. */
export const whySkipped = stackMissing === undefined ? '' : ` (${stackMissing})`;
/** Many times what a run through all services takes on two busy cores. */
export const TEST_TIMEOUT_MS = 90_000;

/** The stack that all specs share, to be called in a `describe`; nothing of it may be touched outside of tests. */
export const useStack = (): GivenStack & { readonly stack: Stack } => {
  const folders = 'missing' in given ? { dataDir: '', configDir: '', peopleDir: '', filesDir: '' } : given;
  const stack = new Stack(folders.dataDir);
  afterAll(() => stack.close());
  return { ...folders, stack };
};
