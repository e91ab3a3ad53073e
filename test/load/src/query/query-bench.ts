import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { TOPICS } from '@countersign/contracts';
import { timestamp, type Instant } from '@countersign/kernel';
import { ReadModel, type RunFilter } from '@countersign/read-model';
import { startPostgres } from '@countersign/stack';
import type { BenchContext } from '../bench.js';
import { describeMachine, type Machine } from '../machine.js';
import { percentile } from '../statistics.js';
import { BEGAN, MadeLog, NEEDLE } from './made-log.js';

/** What is promised of each question at a million events. */
export const GOAL_MS = 100;
const EVENTS = 1_000_000;
const QUICK_EVENTS = 30_000;
/** The runs of a bench have so many events each, rounded up. */
const EVENTS_PER_RUN = 14;
/** Runs that are projected in one transaction. */
const RUNS_AT_A_TIME = 500;
/** How often each question is asked in a round. */
const TIMES = 20;
/** One page as the command line asks for it, and more than it shows unless told. */
const LIMIT = 50;
/** Pages that are walked for the question with a cursor far back. */
const PAGES = 20;

type Question = Omit<RunFilter, 'limit'>;

export interface Asked {
  readonly question: string;
  /** Runs on the page. */
  readonly found: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface QueryFigures {
  readonly events: number;
  readonly runs: number;
  readonly goalMs: number;
  /** Events of the log that went into the model each second. */
  readonly projectedPerSecond: number;
  readonly asked: readonly Asked[];
  readonly machine: Machine;
}

const MINUTE_MS = 60_000;

/** Every filter with what many runs have, what one has, and what none has; and together. The newest and the oldest times come of the number of runs. */
const questionsOf = (runs: number): Readonly<Record<string, Question>> => {
  const at = (share: number): string => timestamp((BEGAN + Math.floor(runs * share) * MINUTE_MS) as Instant);
  const busy = { tenant: 'tenant-0', workflow: 'workflow-0' };
  return {
    'nothing': {},
    'tenant': { tenant: 'tenant-0' },
    'tenant, seldom': { tenant: 'tenant-19' },
    'workflow': { workflow: 'workflow-0' },
    'agent': { agent: 'workflow-0' },
    'agent, none': { agent: 'nobody' },
    'state: open': { state: 'open' },
    'outcome: succeeded': { outcome: 'succeeded' },
    'outcome: unverified': { outcome: 'unverified' },
    'outcome, none': { outcome: 'expired' },
    'since': { since: at(0.9) },
    'until': { until: at(0.1) },
    'tool': { tool: 'tool-0.write' },
    'tool, seldom': { tool: 'tool-39.write' },
    'tool, once': { tool: `${NEEDLE}.write` },
    'tool, none': { tool: 'tool.none' },
    'approver': { approver: 'person-0' },
    'approver, seldom': { approver: 'person-29' },
    'approver, once': { approver: NEEDLE },
    'approver, none': { approver: 'nobody' },
    'rule': { rule: 'rule-0' },
    'rule, seldom': { rule: 'rule-59' },
    'rule, once': { rule: NEEDLE },
    'rule, none': { rule: 'no-rule' },
    'min-cost': { minCost: 10_000 },
    'min-cost, once': { minCost: 5_000_000 },
    'max-cost': { maxCost: 10_000 },
    'max-cost, seldom': { minCost: 1, maxCost: 100 },
    'tenant, workflow, outcome': { ...busy, outcome: 'failed' },
    'tenant, tool, since': { tenant: 'tenant-3', tool: 'tool-7.write', since: at(0.5) },
    'tool, approver': { tool: 'tool-1.write', approver: 'person-1' },
    'tool, approver, both seldom': { tool: 'tool-39.write', approver: 'person-29' },
    'approver, rule': { approver: 'person-2', rule: 'rule-2' },
    'approver, rule, until': { approver: 'person-0', rule: 'rule-0', until: at(0.05) },
    'rule, outcome, min-cost': { rule: 'rule-1', outcome: 'denied', minCost: 100_000 },
    'tool that the tenant has not': { tenant: 'tenant-19', tool: `${NEEDLE}.write` },
    'all of them': { ...busy, agent: 'workflow-0', state: 'closed', outcome: 'succeeded', tool: 'tool-0.write', approver: 'person-0', rule: 'rule-0', since: at(0.1), until: at(0.9), minCost: 1, maxCost: 1_000_000 },
    'all of them, none': { ...busy, agent: 'workflow-0', state: 'closed', outcome: 'failed', tool: 'tool-39.write', approver: 'person-29', rule: 'rule-59', since: at(0.1), until: at(0.9), minCost: 1, maxCost: 1_000 },
  };
};

const fill = async (model: ReadModel, runs: number, say: BenchContext['say']): Promise<{ readonly events: number; readonly perSecond: number }> => {
  const log = new MadeLog(runs);
  await model.begin(TOPICS.map((topic) => ({ topic, partition: 0, nextOffset: 0, reader: '' })));
  let spent = 0;
  for (let first = 0; first < runs; first += RUNS_AT_A_TIME) {
    const batches = log.write(first, RUNS_AT_A_TIME);
    const began = performance.now();
    await model.project(batches);
    spent += performance.now() - began;
    if ((first / RUNS_AT_A_TIME) % 20 === 19) say(`${log.events.toLocaleString('en')} events in the model`);
  }
  return { events: log.events, perSecond: (log.events / spent) * 1_000 };
};

/** The cursor of a page far back. */
const farBack = async (model: ReadModel, question: Question): Promise<Question> => {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) ({ cursor } = await model.listRuns({ ...question, limit: LIMIT, ...(cursor !== undefined && { cursor }) }));
  return { ...question, ...(cursor !== undefined && { cursor }) };
};

/** Asks every question so often, in turns, on a model of so many made runs. */
export const measureQueries = async (model: ReadModel, runs: number, times: number): Promise<readonly Asked[]> => {
  const questions = { ...questionsOf(runs), 'nothing, page 21': await farBack(model, {}), 'tool, page 21': await farBack(model, { tool: 'tool-0.write' }) };
  const took = new Map<string, number[]>(Object.keys(questions).map((name) => [name, []]));
  const found = new Map<string, number>();
  // The first time warms connections and pages, and does not count.
  for (let time = 0; time <= times; time += 1) {
    for (const [name, question] of Object.entries(questions)) {
      const began = performance.now();
      const { items } = await model.listRuns({ ...question, limit: LIMIT });
      if (time > 0) took.get(name)?.push(performance.now() - began);
      found.set(name, items.length);
    }
  }
  return [...took].map(([question, ms]) => ({ question, found: found.get(question) ?? 0, p50Ms: percentile(ms, 0.5), p99Ms: percentile(ms, 0.99) }));
};

/** Fills a model through the projection, and asks it for runs as the HTTP API does. */
export const runQueryBench = async ({ folder, rounds, quick, say }: BenchContext): Promise<QueryFigures> => {
  mkdirSync(folder, { recursive: true });
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres') });
  try {
    const model = await ReadModel.open({ url: await postgres.database('ledger') });
    try {
      const runs = Math.ceil((quick ? QUICK_EVENTS : EVENTS) / EVENTS_PER_RUN);
      const { events, perSecond } = await fill(model, runs, say);
      await model.vacuum();
      const asked = await measureQueries(model, runs, rounds * TIMES);
      return { events, runs, goalMs: GOAL_MS, projectedPerSecond: perSecond, asked, machine: describeMachine(folder) };
    } finally {
      await model.close();
    }
  } finally {
    await postgres.stop();
  }
};

export const queryTable = ({ events, runs, goalMs, projectedPerSecond, asked, machine }: QueryFigures): string => {
  const width = Math.max(...asked.map(({ question }) => question.length));
  const late = asked.filter(({ p99Ms }) => p99Ms > goalMs);
  return [
    `| ${'runs by'.padEnd(width)} | found | p50, ms | p99, ms |`,
    `| ${'-'.repeat(width)} | ----- | ------- | ------- |`,
    ...asked.map(({ question, found, p50Ms, p99Ms }) => `| ${question.padEnd(width)} | ${String(found).padStart(5)} | ${p50Ms.toFixed(1).padStart(7)} | ${p99Ms.toFixed(1).padStart(7)} |`),
    '',
    `${events.toLocaleString('en')} events of ${runs.toLocaleString('en')} runs, pages of ${LIMIT}; goal: every p99 at most ${goalMs} ms: ${late.length === 0 ? 'met' : `missed by ${late.map(({ question }) => question).join('; ')}`}.`,
    `The log went in through the projection, ${Math.round(projectedPerSecond).toLocaleString('en')} events/s. ${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, ${machine.disk}.`,
  ].join('\n');
};
