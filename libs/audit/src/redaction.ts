import { marksAny } from '@countersign/domain';
import { isJsonObject, type JsonObject } from '@countersign/kernel';

/** Events of ids, codes, amounts and times: no value of a task, of arguments or of a result is in them. */
const WITHOUT_VALUES: ReadonlySet<unknown> = new Set(
  ['attempt.started', 'action.failed', 'grant.refused', 'breaker.opened', 'breaker.closed', 'budget.settled', 'context.closed', 'decision.lapsed', 'run.closed', 'task.accepted', 'task.finished', 'approval.expired', 'approval.reminded', 'approval.escalated', 'key.shredded', 'retention.applied'].map((name) => `countersign.${name}`),
);

type Event = Readonly<Record<string, unknown>>;

const objectAt = (value: unknown, key: string): JsonObject | undefined => {
  const inner: unknown = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(inner) ? inner : undefined;
};

const textAt = (value: unknown, key: string): string | undefined => {
  const inner: unknown = isJsonObject(value) ? value[key] : undefined;
  return typeof inner === 'string' ? inner : undefined;
};

/**
 * Says which records may hold values of classes that are not to be handed on. Contracts in force say what is marked; a record is left out whole
 * where its run touched a contract that marks one of the classes and values may travel in it: rather too much than a value. It has to be shown the
 * controls first, and then the records of each log in their order.
 */
export class Redaction {
  private readonly tools = new Set<string>();
  private readonly workflows = new Set<string>();
  private readonly runs = new Set<string>();

  constructor(readonly classes: readonly string[]) {}

  /** Takes in what a control publishes. */
  learn(event: Event | undefined): void {
    const type = event?.['type'];
    const published = objectAt(event, 'data');
    const body = objectAt(published, 'body');
    if (!body || !marksAny(body, this.classes)) return;
    if (type === 'countersign.tool.published') this.tools.add(textAt(published, 'hash') ?? '');
    if (type === 'countersign.contract.published') this.workflows.add(textAt(body, 'workflow') ?? '');
  }

  /** Whether a record has to stay out; `log` has its topic first. */
  covers(log: string, event: Event | undefined): boolean {
    if (log.startsWith('controls/')) return false;
    // Nobody can say what is in it.
    if (event === undefined) return true;
    const data = event['data'];
    const run = textAt(event, 'run');
    const touches = this.workflows.has(textAt(event, 'workflow') ?? '') || this.tools.has(textAt(objectAt(data, 'action'), 'toolContractHash') ?? textAt(data, 'toolContractHash') ?? '');
    if (run !== undefined && touches) this.runs.add(run);
    // What upstream systems sent themselves: whose contract takes it is the gateway's to say.
    if (run === undefined) return log.startsWith('inbox') ? this.tools.size + this.workflows.size > 0 : touches;
    return (touches || this.runs.has(run)) && !WITHOUT_VALUES.has(event['type']);
  }
}
