import { evolveRuns, freezeRuns, initialRuns, thawRuns, type PlannerState } from '@countersign/domain';
import { runIdOf, sha256, timestamp, type Instant, type MicroUsd, type Principal, type Tenant, type Workflow } from '@countersign/kernel';
import { newEvent, type Cause } from '@countersign/contracts';

/**
 * What the planner keeps of runs that are closed: `node --expose-gc test/load/dist/closed-runs.js [RUNS] [HOURS]`. Starts and closes runs
 * evenly over some hours, 10,000 of them open throughout, and prints bytes of memory and of a snapshot for each closed run.
 */
const [RUNS = 1_000_000, HOURS = 20] = process.argv.slice(2).map(Number);
const OPEN = 10_000;
const START = Date.parse('2026-01-02T00:00:00.000Z');

const tenant = 'acme' as Tenant;
const workflow = 'refund-desk' as Workflow;
const hash = sha256('file');
const agent = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal;
const place = { service: 'planner', tenant, workflow } as const;
const causeAt = (offset: number): Cause => ({ id: 'GGGGGGGGGGGGGGGGGGGGGG', topic: 'tasks', offset, sha256: hash });

const start = (state: PlannerState, nth: number): void => {
  const now = (START + (nth / RUNS) * HOURS * 3_600_000) as Instant;
  const task = { task: `ticket-${nth}`, source: '/helpdesk' };
  const data = { ...task, contract: { id: 'refund-desk', version: 1, hash }, agent, subject: agent, input: {}, deadline: timestamp((now + 3_600_000) as Instant) };
  const run = runIdOf(tenant, workflow, task.source, task.task);
  evolveRuns(state, newEvent({ ...place, type: 'countersign.run.started', data, run, trigger: causeAt(nth), now }), causeAt(nth));
};
const close = (state: PlannerState, nth: number): void => {
  const task = { task: `ticket-${nth}`, source: '/helpdesk' };
  const data = { ...task, outcome: 'succeeded', reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd }, sideEffects: [], events: { count: 1, root: hash } } as const;
  const run = runIdOf(tenant, workflow, task.source, task.task);
  evolveRuns(state, newEvent({ ...place, type: 'countersign.run.closed', data: { ...data, sideEffects: [] }, run, trigger: causeAt(nth), now: START as Instant }), causeAt(nth));
};

const memory = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const perRun = (bytes: number): string => `${(bytes / RUNS).toFixed(1)} bytes a closed run`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const state = initialRuns();
for (let nth = 0; nth < OPEN; nth += 1) start(state, nth);
const before = memory();
const frozenBefore = JSON.stringify(freezeRuns(state)).length;
const began = performance.now();
for (let nth = OPEN; nth < OPEN + RUNS; nth += 1) {
  start(state, nth);
  close(state, nth - OPEN);
}
say(`${RUNS} closed runs, ${state.runs.size} open: ${(((performance.now() - began) * 1_000) / RUNS).toFixed(1)} us to make and fold one`);
say(`memory    ${perRun(memory() - before)}`);
const freezing = performance.now();
const frozen = JSON.stringify(freezeRuns(state));
say(`snapshot  ${perRun(frozen.length - frozenBefore)}, ${(performance.now() - freezing).toFixed(0)} ms to freeze`);
const thawing = performance.now();
thawRuns(JSON.parse(frozen));
say(`          ${(performance.now() - thawing).toFixed(0)} ms to thaw`);
