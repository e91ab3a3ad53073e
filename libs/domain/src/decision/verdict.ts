import type { Action, Reason, SignedVote } from '@countersign/contracts';
import type { Millis, Principal, Sha256 } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { Pinned } from '../config/document.js';
import type { RunContext } from '../context/run-context.js';
import type { ToolContract } from '../config/tool-contract.js';

/** What a policy engine is asked. Everything in it has been checked except `votes`, whose signatures the asker verifies first. */
export interface Question {
  readonly action: Action;
  readonly actionHash: Sha256;
  /** The agent that acts, and whom it acts for. */
  readonly act: Principal;
  readonly sub: Principal;
  /** What is known of the run. */
  readonly run: RunContext;
  /** The tool contract that the action pins. */
  readonly tool: Pinned<ToolContract>;
  /** The agent contract that is in force for the tenant and workflow now. */
  readonly contract: Pinned<AgentContract>;
  /** Votes of the approval that answered; empty where nobody was asked. */
  readonly votes: readonly SignedVote[];
  /** It is the call that undoes an action, made of the log: policy has compared them. */
  readonly undoes?: true;
}

/** A vote whose signature holds; the roles are those that it is cast with. */
export interface Vote {
  readonly voter: Principal;
  readonly roles: readonly string[];
}

/** An engine's answer. Where it cannot answer it denies. */
export type Verdict =
  | { readonly effect: 'allow'; readonly rules: readonly string[]; readonly notice?: Notice }
  | { readonly effect: 'deny'; readonly reasons: readonly Reason[] }
  | {
      readonly effect: 'ask';
      readonly reasons: readonly Reason[];
      readonly tier: number;
      readonly quorum: number;
      readonly roles: readonly string[];
      /** Nobody answered for this long: the approval expires. */
      readonly within: Millis;
      /** When people are reminded, and when the fallback roles are asked besides; absent: as usual. */
      readonly remind?: Millis;
      readonly escalate?: Millis;
      /** Absent: those of the directory of approvers. */
      readonly escalateTo?: readonly string[];
    };

/** People are told of what is done, and may take it back for a while where something undoes it. */
export interface Notice {
  readonly reasons: readonly Reason[];
  readonly roles: readonly string[];
  /** At most for so long. */
  readonly within: Millis;
}
