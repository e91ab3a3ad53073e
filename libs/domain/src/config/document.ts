import type { ConfigKind } from '@countersign/contracts';
import type { JsonObject, Sha256 } from '@countersign/kernel';
import type { AgentContract } from './agent-contract.js';
import type { ApproverDirectory } from './approver-directory.js';
import type { Playbook } from './playbook.js';
import type { PolicyFile } from './policy-file.js';
import type { TenantDocument } from './tenant-document.js';
import type { ToolContract } from './tool-contract.js';
import type { WebhookDocument } from './webhook-document.js';

/** What a file of each kind is once it has been read. The log carries the files as they were written. */
export interface Documents {
  readonly contract: AgentContract;
  readonly tool: ToolContract;
  readonly policy: PolicyFile;
  readonly playbook: Playbook;
  readonly approvers: ApproverDirectory;
  readonly tenant: TenantDocument;
  readonly webhook: WebhookDocument;
}

export type DocumentOf<Kind extends ConfigKind> = Documents[Kind];

/** A document and the exact file it came from. `id` is the file's id (`payments-refund`), which for tools is not the tool's name. */
export interface Pinned<Document> {
  readonly id: string;
  readonly version: number;
  /** SHA-256 of the canonical JSON of the file's body. */
  readonly hash: Sha256;
  readonly document: Document;
}

/** A place in a document that is not as it must be; `pointer` is an RFC 6901 pointer into the file's body. */
export interface DocumentFault {
  readonly pointer: string;
  readonly message: string;
}

export type DocumentReading<Kind extends ConfigKind> =
  | { readonly document: DocumentOf<Kind> }
  | { readonly faults: readonly DocumentFault[] };

/** Reads the body of a configuration file; `libs/tools` has the one that the services use. Pure and total. */
export type DocumentReader = <Kind extends ConfigKind>(kind: Kind, body: JsonObject) => DocumentReading<Kind>;
