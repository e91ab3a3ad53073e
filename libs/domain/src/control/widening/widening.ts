import type { ConfigKind } from '@countersign/contracts';

/** Something that a configuration makes possible and the one before it did not. */
export interface Widening {
  /** The file that does it; `id` is the id of the file. */
  readonly kind: ConfigKind;
  readonly id: string;
  /** Agent contract whose agent can do more, and for whom. Absent where it is about everybody. */
  readonly contract?: string;
  readonly tenants?: readonly string[];
  readonly tool?: string;
  /** For people: `payments.refund with amount_usd above 100 without approval`. */
  readonly what: string;
}

/** `refund-desk of acme: payments.refund with amount_usd above 100 without approval`. */
export const wideningText = ({ kind, id, contract, tenants, what }: Widening): string => {
  if (contract === undefined) return `${kind} ${id}: ${what}`;
  return `${contract}${tenants && tenants.length > 0 ? ` of ${tenants.join(', ')}` : ''}: ${what}`;
};
