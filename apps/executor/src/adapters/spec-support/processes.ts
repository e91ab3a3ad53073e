import { setTimeout as sleep } from 'node:timers/promises';

export const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Rejects where it does not come true in ten seconds. */
export const eventually = async (isSo: () => boolean): Promise<void> => {
  for (const end = performance.now() + 10_000; !isSo(); await sleep(20)) if (performance.now() > end) throw new Error('it did not come true');
};
