import { setTimeout as sleep } from 'node:timers/promises';

/** Far beyond what anything here takes on a machine with nothing else to do. */
export const PATIENCE_MS = 45_000;
const LOOK_EVERY_MS = 100;

/** Looks again and again until there is something to see; throws, naming what was waited for. */
export const eventually = async <Result>(what: string, look: () => Promise<Result | undefined> | Result | undefined, patienceMs: number = PATIENCE_MS): Promise<Result> => {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what}: not seen in ${patienceMs / 1_000} s`);
    await sleep(LOOK_EVERY_MS);
  }
};
