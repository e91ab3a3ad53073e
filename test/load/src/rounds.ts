import { measured, type Usage } from './measure.js';
import type { Side } from './sides.js';
import { IN_FLIGHT, type Sizes } from './sizes.js';
import { median, percentile } from './statistics.js';

/** A round at saturation. */
export interface Saturated extends Usage {
  readonly runs: number;
  /** Runs per second until all is done: on our side, until the ledger's read model has them too. */
  readonly perSecond: number;
  /** Until the last answer to whoever handed the tasks in. */
  readonly answeredPerSecond: number;
}

/** A round at an even rate, milliseconds. */
export interface Paced {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Both<Figure> {
  readonly ours: readonly Figure[];
  readonly relay: readonly Figure[];
}

export interface Rounds {
  readonly saturated: Both<Saturated>;
  readonly paced: Both<Paced>;
  /** p50 of one run at a time, milliseconds. */
  readonly single: Both<number>;
}

/** What our own side is asked to do at an even rate. */
const SHARE_OF_TOP_RATE = 1 / 4;

export const saturate = async (side: Side, runs: number): Promise<Saturated> => {
  const { result, usage } = await measured(side.pids, async () => {
    const seconds = await side.driver.saturate(runs, IN_FLIGHT);
    await side.settled();
    return seconds;
  });
  return { ...usage, runs, perSecond: runs / (side.pids['ledger'] === undefined ? result : usage.seconds), answeredPerSecond: runs / result };
};

const pace = async (side: Side, perSecond: number, seconds: number): Promise<Paced> => {
  const latencies = await side.driver.paced(perSecond, seconds);
  await side.settled();
  return { perSecond, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
};

/** One measurement on each side, again and again: whatever else the machine does hits both. */
const interleaved = async <Figure>(count: number, sides: { readonly ours: Side; readonly relay: Side }, measure: (side: Side, round: number) => Promise<Figure>): Promise<Both<Figure>> => {
  const found = { ours: [] as Figure[], relay: [] as Figure[] };
  for (let round = 0; round < count; round += 1) {
    for (const name of ['ours', 'relay'] as const) {
      const side = sides[name];
      await side.start();
      found[name].push(await measure(side, round));
      await side.stop();
    }
  }
  return found;
};

export const runRounds = async (
  count: number,
  sides: { readonly ours: Side; readonly relay: Side },
  { runs, sizes, say }: { readonly runs: number; readonly sizes: Sizes; readonly say: (text: string) => void },
): Promise<Rounds> => {
  const nameOf = (side: Side): string => (side === sides.ours ? 'ours' : 'relay');
  const saturated = await interleaved(count, sides, async (side, round) => {
    const figure = await saturate(side, runs);
    say(`round ${round + 1} of ${count}, ${nameOf(side)}: ${figure.perSecond.toFixed(0)} runs/s`);
    return figure;
  });
  const rate = median(saturated.ours.map(({ perSecond }) => perSecond)) * SHARE_OF_TOP_RATE;
  const paced = await interleaved(count, sides, async (side, round) => {
    const figure = await pace(side, rate, sizes.pacedSeconds);
    say(`round ${round + 1} of ${count}, ${nameOf(side)} at ${rate.toFixed(0)} runs/s: p50 ${figure.p50.toFixed(1)} ms, p99 ${figure.p99.toFixed(1)} ms`);
    return figure;
  });
  const single = await interleaved(count, sides, async (side) => median(await side.driver.oneByOne(sizes.singleRuns)));
  return { saturated, paced, single };
};
