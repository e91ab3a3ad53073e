import type { AgentContract, ControlState, Pinned, WebhookDocument } from '@countersign/domain';
import { canonicalJson, sha256, type Sha256 } from '@countersign/kernel';
import type { Access } from '../access/who-can.js';
import type { SignOffView } from '../ledger/shapes.js';
import type { View } from '../terminal/view.js';
import type { ReplayReport } from './replays.js';

/** One line of the checklist that a reviewer asks for. */
export interface Row {
  /** What a sign-off names it by. */
  readonly id: string;
  readonly claim: string;
  readonly met: boolean;
  /** Figures, files and names on which it rests, a line each. */
  readonly evidence: readonly string[];
  /** Ids of events. */
  readonly events: readonly string[];
  /** What makes it met; on unmet rows alone. */
  readonly next?: string;
}

/** What a run left, as far as the checklist asks. */
export interface RunFacts {
  readonly id: string;
  readonly agent?: string;
  /** The event that ended it. */
  readonly closed: string;
  /** What is missing of it, where what is there is not what its end says. */
  readonly incomplete?: string;
}

/** Cases of policy, or promoted incidents, that were decided again under what is in force. */
export interface CaseFacts {
  /** Where they lie, as a person typed it. */
  readonly folder: string;
  readonly ran: number;
  /** Names of those whose verdict is another one. */
  readonly differing: readonly string[];
}

/** Everything that rows are computed from. */
export interface Facts {
  readonly tenant: string;
  readonly contract: Pinned<AgentContract>;
  readonly controls: ControlState;
  /** What stands before each of its tools. */
  readonly access: readonly Access[];
  /** The newest closed ones, at most `LAST_RUNS`. */
  readonly runs: readonly RunFacts[];
  /** By tool: a run that proposed to call it; absent: none ever did. */
  readonly used: ReadonlyMap<string, string>;
  /** Absent where there is no folder of cases. */
  readonly cases?: CaseFacts;
  /** Absent where there is no folder of incidents: none has happened, or none was promoted. */
  readonly incidents?: CaseFacts;
  readonly replays: ReplayReport;
  readonly signOffs: readonly SignOffView[];
  /** Roles that have to sign off. */
  readonly roles: readonly string[];
  /** What a person types to run a command. */
  readonly command: View['command'];
}

/** What an operator and security sit down to replay. */
export const LAST_RUNS = 50;

/** Who has to sign off unless others are named. */
export const DEFAULT_ROLES: readonly string[] = ['security', 'legal', 'finance'];

/**
 * What a sign-off is of: the files in force and which rows are met. Not the figures: the next run would undo every signature. A file that
 * changes, or a row that is met no more, does.
 */
export const subjectOf = ({ tenant, contract, controls: { active } }: Pick<Facts, 'tenant' | 'contract' | 'controls'>, rows: readonly Row[]): Sha256 => {
  const { workflow, playbook } = contract.document;
  const isTold = ({ document: { tenants, workflows } }: Pinned<WebhookDocument>): boolean => (tenants.length === 0 || tenants.some((each) => each === tenant)) && (workflows.length === 0 || workflows.includes(workflow));
  return sha256(
    canonicalJson({
      v: 2,
      tenant,
      workflow,
      contract: contract.hash,
      playbook: active?.playbooks.get(playbook)?.hash ?? null,
      policySet: active?.policySet.hash ?? null,
      approvers: active?.approvers?.hash ?? null,
      tenantFile: active?.tenants.find(({ document }) => document.tenant === tenant)?.hash ?? null,
      webhooks: (active?.webhooks ?? []).filter(isTold).map(({ hash }) => hash).toSorted(),
      met: metOf(rows),
    }),
  );
};

export const metOf = (rows: readonly Row[]): string[] => rows.flatMap(({ id, met }) => (met ? [id] : [])).toSorted();
