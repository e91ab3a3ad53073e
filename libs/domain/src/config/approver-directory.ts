import type { Principal } from '@countersign/kernel';

/** Who may vote, and with which key. */
export interface ApproverDirectory {
  /** Absent: the file goes by its name, and by the next version when it is applied with other content. */
  readonly id?: string;
  readonly version?: number;
  readonly people: readonly Approver[];
}

export interface Approver {
  readonly subject: Principal;
  readonly name: string;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  readonly roles: readonly string[];
}
