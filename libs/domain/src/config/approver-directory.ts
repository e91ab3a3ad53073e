import type { Principal } from '@countersign/kernel';

/** Who may vote, and with which key. */
export interface ApproverDirectory {
  /** Absent: the file goes by its name, and by the next version when it is applied with other content. */
  readonly id?: string;
  readonly version?: number;
  readonly people: readonly Approver[];
  /** Roles that are asked besides where a question escalates whose rule names none; absent: nobody. */
  readonly fallback?: readonly string[];
}

export interface Approver {
  readonly subject: Principal;
  readonly name: string;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  readonly roles: readonly string[];
  /** Of whom the person is one: from tier 3 on each vote is of another group. Whoever has none is of one group with all others who have none. */
  readonly group?: string;
}
