import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { millis, seconds } from '@countersign/kernel';
import { keepRunning, type KeptPart, type PartReport, type PartState, type RestartPolicy } from './keep-running.js';
import { isRunning, signalProcess } from './process-table.js';
import { serviceLog, servicePlans, type PartPlan, type ServiceSpec } from './service-process.js';

const QUICK: RestartPolicy = { firstDelay: millis(10), longestDelay: millis(40), stableAfter: seconds(60), attempts: 3 };
const READY = "require('node:fs').writeFileSync(process.env.READY_FILE, JSON.stringify({ pid: process.pid }));";
const STAY = 'setInterval(() => {}, 1000);';

let folder = '';
const kept: KeptPart[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'keep-'))));
afterEach(async () => {
  await Promise.all(kept.splice(0).map((part) => part.stop()));
  rmSync(folder, { recursive: true });
});

const planOf = (script: string, more: Partial<ServiceSpec> = {}): PartPlan => {
  const entry = join(folder, 'service.cjs');
  writeFileSync(entry, script);
  const [plan] = servicePlans({ name: 'planner', entry, env: {}, ...more }, folder);
  if (!plan) throw new Error('no plan');
  return plan;
};

interface Watched {
  readonly part: KeptPart;
  readonly reports: PartReport[];
  readonly until: (state: PartState, restarts: number) => Promise<PartReport>;
}

/** A kept service, and what was reported of it. */
const keep = (plan: PartPlan, policy = QUICK): Watched => {
  const reports: PartReport[] = [];
  const part = keepRunning(plan, (report) => reports.push(report), policy);
  kept.push(part);
  const until = async (state: PartState, restarts: number): Promise<PartReport> => {
    for (;;) {
      const found = reports.find((report) => report.state === state && report.restarts === restarts);
      if (found) return found;
      await sleep(10);
    }
  };
  return { part, reports, until };
};

describe('a service that is kept running', () => {
  it('is started again when it was killed', async () => {
    const { part, until } = keep(planOf(READY + STAY));
    await part.start();
    const first = await until('ready', 0);
    signalProcess(first, 'SIGKILL');
    expect(await until('restarting', 0)).toMatchObject({ pid: first.pid, reason: 'signal SIGKILL' });
    const second = await until('ready', 1);
    expect(second.pid).not.toBe(first.pid);
    expect(isRunning(second)).toBe(true);
  });

  it('is given up when it cannot stay up, and not before', async () => {
    const { part, reports, until } = keep(planOf(`${READY} setTimeout(() => process.exit(7), 100)`));
    await part.start();
    expect(await until('gave-up', 3)).toMatchObject({ reason: 'exit code 7' });
    expect(reports.filter((report) => report.state === 'ready')).toHaveLength(4);
  });

  it('is not given up for failures that lie far apart', async () => {
    const { part, until } = keep(planOf(`${READY} setTimeout(() => process.exit(7), 100)`), { ...QUICK, stableAfter: millis(20) });
    await part.start();
    expect((await until('ready', 5)).restarts).toBeGreaterThan(QUICK.attempts);
  });

  it('tells at once, with the end of its log, why it does not start', async () => {
    const { part, reports } = keep(planOf("console.error('`PORT` is missing'); process.exit(2)"));
    await expect(part.start()).rejects.toThrow(/`planner` ended \(exit code 2\)\n`PORT` is missing/);
    expect(reports.map((report) => report.state)).toEqual(['starting']);
  });

  it('is stopped when it is not ready in time, and the file of another process does not make it ready', async () => {
    const plan = planOf(`require('node:fs').writeFileSync(process.env.READY_FILE, '{"pid":1}');${STAY}`, { startDeadline: millis(400) });
    const { part, reports } = keep(plan);
    await expect(part.start()).rejects.toThrow('`planner` gave no answer in time');
    expect(reports.map((report) => isRunning(report))).toEqual([false]);
  });

  it('does not come back after a stop, whatever it was doing', async () => {
    const waiting = keep(planOf(`${READY} setTimeout(() => process.exit(7), 50)`), { ...QUICK, firstDelay: seconds(60), longestDelay: seconds(60) });
    await waiting.part.start();
    await waiting.until('restarting', 0);
    await waiting.part.stop();
    expect(waiting.reports.at(-1)).toMatchObject({ state: 'stopped', restarts: 0 });

    const starting = keep(planOf(STAY));
    const start = starting.part.start();
    await starting.until('starting', 0);
    await Promise.all([expect(start).rejects.toThrow('ended (signal SIGTERM)'), starting.part.stop()]);
    expect(starting.reports.at(-1)).toMatchObject({ state: 'stopped' });
    expect(starting.reports.filter(isRunning)).toEqual([]);
  });

  it('is killed when it does not stop by itself', async () => {
    const { part, until } = keep({ ...planOf(`process.on('SIGTERM', () => {}); ${READY}${STAY}`), stopDeadline: millis(200) });
    await part.start();
    await part.stop();
    expect(isRunning(await until('ready', 0))).toBe(false);
  });

  it('is told its own environment only, and its words are in its log', async () => {
    process.env['UPSTREAM_PASSWORD'] = 'of somebody else';
    const { part } = keep(planOf(`console.log(Object.keys(process.env).join()); ${READY}${STAY}`, { env: { PLANNER_KEY: 'own' } }));
    await part.start();
    delete process.env['UPSTREAM_PASSWORD'];
    await part.stop();
    const names = readFileSync(serviceLog(folder, 'planner'), 'utf8').trim().split(',');
    expect(names).toEqual(expect.arrayContaining(['PLANNER_KEY', 'READY_FILE', 'PATH']));
    expect(names).not.toContain('UPSTREAM_PASSWORD');
  });
});

describe('the replicas of a service', () => {
  it('have numbers if there are several', () => {
    mkdirSync(folder, { recursive: true });
    const names = (replicas: number): string[] => servicePlans({ name: 'ledger', entry: 'main.js', env: {}, replicas }, folder).map((plan) => plan.name);
    expect(names(1)).toEqual(['ledger']);
    expect(names(2)).toEqual(['ledger-1', 'ledger-2']);
  });
});
