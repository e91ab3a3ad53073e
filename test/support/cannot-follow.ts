/** For tests and benches that follow a topic: they are worth nothing without it, so the process ends with this. */
export const cannotFollow = (fault: unknown): void => {
  queueMicrotask(() => {
    throw new Error('a topic cannot be followed any further', { cause: fault });
  });
};
