import type { Service } from '@countersign/contracts';
import type { Machine } from './machine.js';
import type { Rounds, Saturated } from './rounds.js';
import type { RunShape } from './run-shape.js';
import { median, ratios, spread, type Spread } from './statistics.js';

export type Resident = Readonly<Record<Service, number>>;

/** Everything that was measured, as it was. */
export interface Measurements {
  readonly services: readonly Service[];
  readonly shape: RunShape;
  readonly rounds: Rounds;
  /** Bytes by service: before anything was asked of them, and after the load. */
  readonly resident: { readonly fresh: Resident; readonly loaded: Resident };
  readonly idle: { readonly seconds: number; readonly cpu: Readonly<Record<string, number>> };
  readonly coldStartSeconds: readonly number[];
  /** Seconds for the same records. */
  readonly fold: { readonly records: number; readonly ours: readonly number[]; readonly raw: readonly number[] };
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

/** What `--json` prints. Figures of several rounds are medians; their spread is beside them. */
export interface Figures {
  /** Runs per second, the ledger included, over the relay's in the same round. */
  readonly throughputRatio: number;
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly runsPerSecond: number;
  readonly relayRunsPerSecond: number;
  /** CPU milliseconds of one run at saturation, by service and all together. */
  readonly cpuMsPerRun: Readonly<Record<string, number>>;
  /** Mebibytes by service and all together: of a stack that was just started, and after the load. */
  readonly rssMb: Readonly<Record<string, number>>;
  readonly loadedRssMb: Readonly<Record<string, number>>;
  /** All services together, of one core. */
  readonly idleCpuPercent: number;
  readonly coldStartSeconds: number;
  /** Events per second of a restore over records per second of a raw consumer. */
  readonly foldRatio: number;
  readonly foldEventsPerSecond: number;
  /** Milliseconds of one run at a time. */
  readonly singleRunP50: number;
  readonly relaySingleRunP50: number;
  readonly pacedRunsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly relayP50: number;
  readonly relayP99: number;
  /** Until the upstream has its answer, not yet the ledger. */
  readonly answeredRunsPerSecond: number;
  /** CPU milliseconds of one run of what is not a service. */
  readonly otherCpuMsPerRun: Readonly<Record<string, number>>;
  readonly relayCpuMsPerRun: Readonly<Record<string, number>>;
  /** Share of the machine that others used while rounds ran, by side: noise. */
  readonly foreignCpuShare: { readonly ours: number; readonly relay: number };
  readonly recordsPerRun: number;
  readonly bytesPerRun: number;
  readonly spread: Readonly<Record<string, Spread>>;
  readonly rounds: Rounds;
  readonly idle: Measurements['idle'];
  readonly fold: Measurements['fold'];
  readonly shape: RunShape;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Machine;
}

const MIB = 2 ** 20;

const withTotal = (parts: Readonly<Record<string, number>>): Record<string, number> => ({ ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) });

const mebibytes = (resident: Resident): Record<string, number> => withTotal(Object.fromEntries(Object.entries(resident).map(([service, bytes]) => [service, bytes / MIB])));

/** Median CPU milliseconds of a run by name. */
const perRun = (rounds: readonly Saturated[], names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, median(rounds.map(({ cpu, runs }) => ((cpu[name] ?? 0) / runs) * 1_000))]));

const foreignShare = (rounds: readonly Saturated[], cores: number): number => median(rounds.map(({ foreignCpu, seconds }) => foreignCpu / seconds / cores));

export const figuresOf = ({ services, shape, rounds, resident, idle, coldStartSeconds, fold, machine, versions }: Measurements): Figures => {
  const { saturated, paced, single } = rounds;
  const of = <Round, Figure>(side: readonly Round[], pick: (round: Round) => Figure): Figure[] => side.map(pick);
  const rate = { ours: of(saturated.ours, ({ perSecond }) => perSecond), relay: of(saturated.relay, ({ perSecond }) => perSecond) };
  const p50 = { ours: of(paced.ours, (round) => round.p50), relay: of(paced.relay, (round) => round.p50) };
  const p99 = { ours: of(paced.ours, (round) => round.p99), relay: of(paced.relay, (round) => round.p99) };
  const spreads = {
    throughputRatio: spread(ratios(rate.ours, rate.relay)),
    p50Ratio: spread(ratios(p50.ours, p50.relay)),
    p99Ratio: spread(ratios(p99.ours, p99.relay)),
    runsPerSecond: spread(rate.ours),
    relayRunsPerSecond: spread(rate.relay),
    p50: spread(p50.ours),
    p99: spread(p99.ours),
    relayP50: spread(p50.relay),
    relayP99: spread(p99.relay),
    singleRunP50: spread(single.ours),
    relaySingleRunP50: spread(single.relay),
    // Less time for the same records is a higher rate.
    foldRatio: spread(ratios(fold.raw, fold.ours)),
    foldEventsPerSecond: spread(fold.ours.map((seconds) => fold.records / seconds)),
    coldStartSeconds: spread(coldStartSeconds),
    answeredRunsPerSecond: spread(of(saturated.ours, ({ answeredPerSecond }) => answeredPerSecond)),
    cpuMsPerRun: spread(saturated.ours.map((round) => withTotal(perRun([round], services))['total'] ?? 0)),
  };
  const medians = Object.fromEntries(Object.entries(spreads).map(([name, { median: middle }]) => [name, middle])) as Record<keyof typeof spreads, number>;
  return {
    ...medians,
    cpuMsPerRun: withTotal(perRun(saturated.ours, services)),
    rssMb: mebibytes(resident.fresh),
    loadedRssMb: mebibytes(resident.loaded),
    idleCpuPercent: (services.reduce((sum, service) => sum + (idle.cpu[service] ?? 0), 0) / idle.seconds) * 100,
    pacedRunsPerSecond: median(of(paced.ours, ({ perSecond }) => perSecond)),
    otherCpuMsPerRun: perRun(saturated.ours, ['kafka', 'postgres', 'driver']),
    relayCpuMsPerRun: perRun(saturated.relay, ['relay', 'kafka', 'driver']),
    foreignCpuShare: { ours: foreignShare(saturated.ours, machine.cores), relay: foreignShare(saturated.relay, machine.cores) },
    recordsPerRun: shape.length,
    bytesPerRun: shape.reduce((sum, { bytes }) => sum + bytes, 0),
    spread: spreads,
    rounds,
    idle,
    fold,
    shape,
    versions,
    machine,
  };
};
