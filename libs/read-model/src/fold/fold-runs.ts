import type { Event } from '@countersign/contracts';
import type { RunRow } from '../tables.js';
import { timeOf, type Patch } from './patch.js';

const runPatch = (event: Event, row: Partial<RunRow>): readonly Patch[] => {
  const { run, tenant, workflow } = event;
  return run === undefined || tenant === undefined || workflow === undefined ? [] : [{ table: 'runs', row: { id: run, tenant, workflow, ...row } }];
};

/** From `tasks`. `at` is Kafka's timestamp, milliseconds. */
export const taskSubmitted = (event: Event<'countersign.task.submitted'>, at: number): readonly Patch[] =>
  runPatch(event, { task: event.data.task, source: event.data.source, submitted_at: timeOf(event.time, at) });

/** From `proposals`. */
export const runStarted = (event: Event<'countersign.run.started'>, at: number): readonly Patch[] => {
  const { task, source, contract, playbook, agent, subject, undoes, deadline } = event.data;
  return runPatch(event, {
    task,
    source,
    agent,
    subject,
    contract: contract.id,
    contract_version: contract.version,
    contract_hash: contract.hash,
    playbook: playbook?.id ?? null,
    playbook_version: playbook?.version ?? null,
    playbook_hash: playbook?.hash ?? null,
    undoes_run: undoes?.run ?? null,
    undoes_step: undoes?.step ?? null,
    opened_at: timeOf(event.time, at),
    deadline: timeOf(deadline, at),
  });
};

/** From `proposals`. */
export const runClosed = (event: Event<'countersign.run.closed'>, at: number): readonly Patch[] => {
  const { task, source, outcome, reason, cost, sideEffects } = event.data;
  const closed = runPatch(event, {
    task,
    source,
    outcome,
    reason,
    prompt_tokens: cost.promptTokens,
    completion_tokens: cost.completionTokens,
    micro_usd: cost.microUsd,
    closed_at: timeOf(event.time, at),
  });
  const { run } = event;
  if (run === undefined) return closed;
  return [...closed, ...sideEffects.flatMap(({ step, undoneBy }): readonly Patch[] => (undoneBy === undefined ? [] : [{ table: 'actions', row: { run, step, undone_by: undoneBy } }]))];
};
