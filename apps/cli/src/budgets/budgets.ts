import { partitionOf, topicName } from '@countersign/contracts';
import { evolveDecisions, initialDecisions, workflowKey, type ControlState, type DecisionState } from '@countersign/domain';
import { days, type Instant } from '@countersign/kernel';
import { periodsOf } from '@countersign/tools';
import type { Action } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { LogChecker } from '../log/log-checker.js';
import { viewOf } from '../terminal/view.js';
import { budgetsIn } from './budget-rows.js';
import { budgetsText } from './budgets-text.js';

export interface BudgetsOptions {
  readonly tenant?: string;
  readonly workflow?: string;
}

/** The longest month, and a day for time zones: nothing older counts in a period of now. */
const LOOK_BACK = days(32);

/** Policy's state of a partition, folded from what it wrote since then. */
const foldDecisions = async (kafka: Kafka, partition: number, checker: LogChecker, since: Instant): Promise<DecisionState> => {
  const target = { topic: topicName(kafka.namespace, 'decisions'), partition };
  const [first, { end }] = await Promise.all([kafka.broker.offsetAt(target, since), kafka.broker.offsets(target)]);
  let state = initialDecisions();
  await kafka.broker.read(target, first, end, (records) => {
    for (const checked of checker.check(records, first === 0)) {
      if (checked.kind !== 'event') continue;
      const { event, record } = checked;
      state = evolveDecisions(state, event, { id: event.id, topic: 'decisions', offset: record.offset, sha256: '' });
    }
  });
  return state;
};

const chosen = (controls: ControlState, { tenant, workflow }: BudgetsOptions): ControlState => {
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
    const states = new Map(await Promise.all([...needed].map(async (each) => [each, await foldDecisions(kafka, each, checker, (now - LOOK_BACK) as Instant)] as const)));
    const found = budgetsIn(wanted, (tenant, workflow) => states.get(partition(tenant, workflow)) ?? initialDecisions(), now, periodsOf);
    terminal.result(
      () => budgetsText(found, viewOf(context)),
      () => ({ budgets: found }),
    );
  });
};
