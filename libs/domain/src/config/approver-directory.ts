import type { Principal } from '@countersign/kernel';

/** Who may vote, and with which key. */
export interface ApproverDirectory {
  /** Absent: the file goes by its name, and by the next version when it is applied with other content. */
  readonly id?: string;
  readonly version?: number;
  readonly people: readonly Approver[];
  /** Roles that are asked besides where a question escalates whose rule names none; absent: nobody. */
  readonly fallback?: readonly string[];
  /** Votes of higher tiers do not count where they are cast in Slack; absent: `SLACK_MAX_TIER`. */
  readonly slackMaxTier?: number;
  /** By role: the channel of Slack where what it is asked is shown; `default` is for what names no role that is here. */
  readonly slackChannels?: Readonly<Record<string, string>>;
}

/** What is asked at a higher tier is never answered in Slack: it takes a key of the person's own. */
export const SLACK_MAX_TIER = 3;

export interface Approver {
  readonly subject: Principal;
  readonly name: string;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  readonly roles: readonly string[];
  /** Of whom the person is one: from tier 3 on each vote is of another group. Whoever has none is of one group with all others who have none. */
  readonly group?: string;
  /** `T0123/U0456`: the workspace and the member of it that is this person. Absent: nobody votes for them in Slack. */
  readonly slack?: string;
}
