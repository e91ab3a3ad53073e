import type { EndedLog } from './log-epoch.js';
import type { ConfigKind, Service } from '@countersign/contracts';
import type { Instant, KeyId, Principal, Sha256 } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { ApproverDirectory } from '../config/approver-directory.js';
import type { DocumentFault, Documents, Pinned } from '../config/document.js';
import type { Playbook } from '../config/playbook.js';
import type { PolicyFile } from '../config/policy-file.js';
import type { TenantDocument } from '../config/tenant-document.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { WebhookDocument } from '../config/webhook-document.js';
import type { Stops } from './stops.js';

/** What people have put in force: a fold over `controls`. Events that break a rule change nothing and are kept under `faults`. */
export interface ControlState {
  /** Offset of the newest control; -1 where there is none. */
  readonly epoch: number;
  /** Every file that was ever published and can be read, by kind and hash. One person publishes, so none of them counts for anything yet. */
  readonly published: FilesByHash;
  /** Those of them that were in force at some time: runs stay on what they were pinned to, and nobody can be pinned to anything else. */
  readonly files: FilesByHash;
  /** By hash of an agent contract: who published it, and whose manifest put it in force. */
  readonly authors: ReadonlyMap<Sha256, readonly Principal[]>;
  /** Absent until the first manifest. */
  readonly active?: Configuration;
  /** What was in force in the last weeks, oldest first; the last is. Shares of a tenant's caps rest on it. */
  readonly allotments: readonly Allotment[];
  /** Manifests that would be next if more people signed them, oldest first. */
  readonly pending: readonly PendingManifest[];
  readonly keys: ReadonlyMap<KeyId, AnnouncedKey>;
  readonly redrives: readonly Redrive[];
  /** Logs of the archive that people have ended, in the order of epochs for each topic partition. */
  readonly endedLogs: readonly EndedLog[];
  /** What people have stopped. */
  readonly stops: Stops;
  readonly faults: readonly ControlFault[];
}

export type FilesByHash = { readonly [Kind in ConfigKind]: ReadonlyMap<Sha256, Pinned<Documents[Kind]>> };

/** A manifest that widens what is in force, and lacks signatures. */
export interface PendingManifest {
  /** Offset of its newest record. */
  readonly offset: number;
  readonly version: number;
  readonly hash: Sha256;
}

/** What workflows may use, and tenants together. */
export interface Allotment extends Pick<Configuration, 'contracts' | 'tenants'> {
  /** Kafka's time. */
  readonly since: Instant;
}

/** The files of one manifest: in force together, or not at all. */
export interface Configuration {
  readonly version: number;
  readonly hash: Sha256;
  readonly contracts: readonly Pinned<AgentContract>[];
  /** By name of the tool. */
  readonly tools: ReadonlyMap<string, Pinned<ToolContract>>;
  readonly playbooks: ReadonlyMap<string, Pinned<Playbook>>;
  readonly policies: readonly Pinned<PolicyFile>[];
  readonly approvers?: Pinned<ApproverDirectory>;
  readonly tenants: readonly Pinned<TenantDocument>[];
  readonly webhooks: readonly ActiveWebhook[];
  readonly policySet: PolicySet;
}

/** A web hook, and since when without a break its place is told: what was before is not told there. Kafka's time. */
export interface ActiveWebhook extends Pinned<WebhookDocument> {
  readonly since: Instant;
}

/**
 * Everything that verdicts rest on, and its hash. Rules alone decide nothing: what a contract permits and how a tool maps its
 * attributes is part of the set.
 */
export interface PolicySet {
  readonly hash: Sha256;
  readonly policies: readonly Pinned<PolicyFile>[];
  readonly contracts: readonly Pinned<AgentContract>[];
  readonly tools: readonly Pinned<ToolContract>[];
}

export interface AnnouncedKey {
  readonly key: KeyId;
  readonly service: Service;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  /** Raw X25519 public key, base64url, for what only its holder may read; absent where none was announced. */
  readonly encryptionKey?: string;
  /** Offset of the announcement. */
  readonly announced: number;
  /** Milliseconds since 1970 of the record that retired it; it signs nothing after. */
  readonly retiredAt?: number;
}

export interface Redrive {
  /** Offset of the control. */
  readonly at: number;
  readonly service: Service;
  /** Topic without its namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface ControlFault {
  readonly offset: number;
  readonly message: string;
  readonly faults: readonly DocumentFault[];
}

/** Where a control was read, and with whose consent. */
export interface ControlPlace {
  readonly offset: number;
  /** Milliseconds since 1970, Kafka's. */
  readonly timestamp: number;
  /** Whether the quorum of the root file has signed; looked at where a manifest widens what is in force, and where a stop is loosened. */
  readonly quorate: boolean;
}
