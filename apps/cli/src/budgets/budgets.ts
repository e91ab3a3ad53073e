import { partitionOf } from '@countersign/contracts';
import { initialDecisions, workflowKey, type ControlState } from '@countersign/domain';
import { periodsOf } from '@countersign/tools';
import type { Action } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { LogChecker } from '@countersign/audit';
import { viewOf } from '../terminal/view.js';
import { budgetsIn } from './budget-rows.js';
import { budgetsText } from './budgets-text.js';
import { readDecisions } from './decision-fold.js';

export interface BudgetsOptions {
  readonly tenant?: string;
  readonly workflow?: string;
}

/** What is in force, for these alone. */
export const chosen = (controls: ControlState, { tenant, workflow }: BudgetsOptions): ControlState => {
  const { active } = controls;
  if (!active) return controls;
  const contracts = active.contracts
    .filter(({ document }) => workflow === undefined || document.workflow === workflow)
    .map((pinned) => ({ ...pinned, document: { ...pinned.document, tenants: pinned.document.tenants.filter((covered) => tenant === undefined || covered === tenant) } }));
  return { ...controls, active: { ...active, contracts } };
};

export const budgets: Action<BudgetsOptions> = async (context, { options }) => {
  const root = readRoot(context);
  const { terminal, clock } = context;
  const now = clock.now();
  await withKafka(context, async (kafka) => {
    const { state: controls } = await readControlLog(kafka.broker, kafka.namespace, root);
    const wanted = chosen(controls, options);
    const partition = (tenant: string, workflow: string): number => partitionOf(workflowKey({ tenant, workflow }), kafka.partitions);
    const needed = new Set((wanted.active?.contracts ?? []).flatMap(({ document }) => document.tenants.map((tenant) => partition(tenant, document.workflow))));
    const checker = new LogChecker(kafka, root, controls);
    const states = new Map(await Promise.all([...needed].map(async (each) => [each, (await readDecisions(kafka, each, checker, now)).state] as const)));
    const found = budgetsIn(wanted, (tenant, workflow) => states.get(partition(tenant, workflow)) ?? initialDecisions(), now, periodsOf);
    terminal.result(
      () => budgetsText(found, viewOf(context)),
      () => ({ budgets: found }),
    );
  });
};
