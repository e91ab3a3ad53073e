import { describe, expect, it } from 'vitest';
import { CORE_SERVICES, type Service } from '@countersign/contracts';
import { figuresOf, type Measurements } from './figures.js';
import type { Saturated } from './rounds.js';
import { layOut, tableOf } from './table.js';

const saturated = (perSecond: number, cpu: Readonly<Record<string, number>>): Saturated => ({ runs: 1_000, seconds: 4, perSecond, answeredPerSecond: perSecond * 2, cpu, foreignCpu: 2 });
const each = (value: number): Record<Service, number> => Object.fromEntries(CORE_SERVICES.map((service) => [service, value])) as Record<Service, number>;

const MEASURED: Measurements = {
  services: CORE_SERVICES,
  shape: [
    { topic: 'inbox.acme', type: 'task', bytes: 300, after: undefined },
    { topic: 'tasks', type: 'countersign.task.submitted', bytes: 700, after: 0 },
  ],
  rounds: {
    saturated: {
      ours: [saturated(300, { ...each(0.1), kafka: 0.4, postgres: 0.2, driver: 0.1 }), saturated(500, { ...each(0.2), kafka: 0.4, postgres: 0.2, driver: 0.1 }), saturated(400, { ...each(0.3), kafka: 0.4, postgres: 0.2, driver: 0.1 })],
      relay: [saturated(600, { relay: 0.5, kafka: 0.4, driver: 0.1 }), saturated(1_000, { relay: 0.5, kafka: 0.4, driver: 0.1 }), saturated(1_000, { relay: 0.5, kafka: 0.4, driver: 0.1 })],
    },
    paced: { ours: [{ perSecond: 100, p50: 12, p99: 60 }], relay: [{ perSecond: 100, p50: 10, p99: 20 }] },
    single: { ours: [9], relay: [8] },
  },
  resident: { fresh: each(100 * 2 ** 20), loaded: each(200 * 2 ** 20) },
  idle: { seconds: 20, cpu: { ...each(0.05), kafka: 1 } },
  coldStartSeconds: [11],
  fold: { records: 60_000, ours: [2], raw: [1.5] },
  machine: { cpu: 'some CPU', cores: 2, memoryGb: 8, system: 'linux', disk: 'ext4 on /dev/vda' },
  versions: { node: '24.0.0' },
};

describe('the figures', () => {
  const figures = figuresOf(MEASURED);

  it('are medians, and ratios of the same round', () => {
    expect(figures).toMatchObject({ runsPerSecond: 400, relayRunsPerSecond: 1_000, throughputRatio: 0.5, p50Ratio: 1.2, p99Ratio: 3, answeredRunsPerSecond: 800 });
    expect(figures.spread['throughputRatio']).toEqual({ median: 0.5, min: 0.4, max: 0.5 });
  });

  it('give CPU time by run, for each service and in all, and nothing of the rest in that sum', () => {
    expect(figures.cpuMsPerRun).toMatchObject({ gateway: 0.2, ledger: 0.2 });
    expect(figures.cpuMsPerRun['total']).toBeCloseTo(1.2);
    expect(figures.otherCpuMsPerRun).toEqual({ kafka: 0.4, postgres: 0.2, driver: 0.1 });
  });

  it('count services alone as idle CPU and as memory', () => {
    expect(figures.idleCpuPercent).toBeCloseTo(1.5);
    expect([figures.rssMb['total'], figures.loadedRssMb['total']]).toEqual([600, 1_200]);
  });

  it('turn seconds of the fold into a ratio of rates', () => {
    expect(figures).toMatchObject({ foldRatio: 0.75, foldEventsPerSecond: 30_000 });
  });

  it('say how much of the machine others used', () => {
    expect(figures.foreignCpuShare).toEqual({ ours: 0.25, relay: 0.25 });
  });
});

describe('the table', () => {
  const table = tableOf(figuresOf(MEASURED));

  it.each([
    /^\| runs\/s at saturation +\| 400 \(300 to 500\) +\| 1,000 \(600 to 1,000\) +\| 0\.50 \(0\.40 to 0\.50\) +\| >= 0\.5 +\|$/m,
    /^\| p99 at 100 runs\/s, ms +\| 60\.0 +\| 20\.0 +\| 3\.00 +\| <= 2\.0 +\|$/m,
    /^\| {3}gateway +\| 0\.200 +\|/m,
    /^\| fold of 60,000 events, events\/s +\| 30,000 +\| 40,000 +\| 0\.75 +\| >= 0\.7 +\|$/m,
    /^3 rounds, .* 2 records of 1,000 bytes in all\.$/m,
    /used 25 % of the machine while ours ran and 25 % while the relay ran/,
  ])('has %s', (line) => {
    expect(table).toMatch(line);
  });

  it('has columns as wide as their longest cell', () => {
    expect(layOut([['a', 'long'], ['longer', 'b']])).toBe('| a      | long |\n| ------ | ---- |\n| longer | b    |');
  });
});
