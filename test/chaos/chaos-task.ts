/** The tasks of a run: real refunds, and what must have become of each. The same number is the same task, whatever the source. */

/**
 * `refund`: looks the charge up, refunds a part. `remaining`: refunds what is left. `approved`, `disapproved`: over the limit, so a
 * person is asked. `denied`: policy says no.
 */
export type TaskKind = 'refund' | 'remaining' | 'approved' | 'disapproved' | 'denied';

export interface ChaosTask {
  readonly number: number;
  readonly id: string;
  /** `/chaos/calm` or `/chaos/storm`. */
  readonly source: string;
  readonly kind: TaskKind;
  readonly type: string;
  readonly workflow: string;
  /** Empty where nothing is to be refunded. */
  readonly charge: string;
  readonly outcome: 'succeeded' | 'disapproved' | 'denied';
  /** What must have been refunded; 0 for nothing. */
  readonly refundCents: number;
  /** A careless upstream sends this task twice. */
  readonly twice: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an upstream needs of a task. */
export type SentTask = Pick<ChaosTask, 'number' | 'id' | 'source' | 'type' | 'workflow' | 'twice' | 'data'>;

/** More than any one refund. */
export const CHARGE_CENTS = 50_000;
/** Under the limit from which a person is asked: all of it is refunded. */
export const SMALL_CHARGE_CENTS = 4_900;
/** Above it people are asked, see `config/policies`. */
const LIMIT_CENTS = 10_000;
/** What a denied export asks for. */
const BULK_ROWS = 5_000;
/** Of a hundred tasks; the rest are plain refunds. */
const SHARES: readonly (readonly [upTo: number, kind: TaskKind])[] = [[4, 'denied'], [10, 'approved'], [12, 'disapproved'], [20, 'remaining']];
/** One in so many is sent twice. */
const TWICE_EVERY = 23;
/** Not a divisor of anything above: neighbours are of different kinds. */
const STRIDE = 37;

export const kindOf = (number: number): TaskKind => {
  const place = (number * STRIDE) % 100;
  return SHARES.find(([upTo]) => place < upTo)?.[1] ?? 'refund';
};

const amountOf = (number: number, kind: TaskKind): number => {
  switch (kind) {
    case 'refund':
      return 100 + (number % (LIMIT_CENTS - 100));
    case 'remaining':
      return SMALL_CHARGE_CENTS;
    case 'approved':
    case 'disapproved':
      return LIMIT_CENTS + 1 + (number % 20_000);
    case 'denied':
      return 0;
  }
};

/** The charge that a kind needs. */
export const chargeCentsOf = (kind: TaskKind): number => (kind === 'denied' ? 0 : kind === 'remaining' ? SMALL_CHARGE_CENTS : CHARGE_CENTS);

const dataOf = (number: number, kind: TaskKind, charge: string, amountCents: number): Readonly<Record<string, unknown>> => {
  const common = { ticket: `CH-${number}`, reason: `chaos ${number} ${kind}` };
  if (kind === 'denied') return { ...common, rows: BULK_ROWS };
  return kind === 'remaining' ? { ...common, charge_id: charge, refund_remaining: true } : { ...common, charge_id: charge, amount_cents: amountCents };
};

/** Task `number` of a source. `nextCharge` gives a fresh charge of so many cents. */
export const taskOf = (number: number, source: string, workflows: readonly string[], nextCharge: (cents: number) => string): ChaosTask => {
  const kind = kindOf(number);
  const amountCents = amountOf(number, kind);
  const cents = chargeCentsOf(kind);
  const workflow = workflows[number % workflows.length] ?? '';
  const charge = cents === 0 ? '' : nextCharge(cents);
  return {
    number,
    id: `task-${number}`,
    source,
    kind,
    type: `${kind === 'denied' ? 'export' : 'refund'}.${workflow}`,
    workflow,
    charge,
    outcome: kind === 'denied' || kind === 'disapproved' ? kind : 'succeeded',
    refundCents: kind === 'denied' || kind === 'disapproved' ? 0 : amountCents,
    twice: number % TWICE_EVERY === 0,
    data: dataOf(number, kind, charge, amountCents),
  };
};

/** An ordinary CloudEvent, as any upstream would send it. */
export const cloudEventOf = (task: SentTask, time: Date): Readonly<Record<string, unknown>> => ({
  specversion: '1.0',
  id: task.id,
  source: task.source,
  type: task.type,
  time: time.toISOString(),
  workflow: task.workflow,
  datacontenttype: 'application/json',
  data: task.data,
});
