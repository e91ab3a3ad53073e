import type { Brand } from './brand.js';

/** Who a run belongs to; lower case letters, digits and dashes. */
export type Tenant = Brand<string, 'Tenant'>;
/** Name of a workflow, unique in its tenant. */
export type Workflow = Brand<string, 'Workflow'>;
/** `run-` and 22 base64url characters, made of tenant, workflow, source and the upstream's own task id. */
export type RunId = Brand<string, 'RunId'>;
/** Name of a step in its run's playbook, unique in the run. */
export type StepId = Brand<string, 'StepId'>;
/** 22 base64url characters (132 bits of SHA-256), see `eventId`. */
export type EventId = Brand<string, 'EventId'>;
/** `spiffe://<trust-domain>/...`: a service, an agent or a person. */
export type Principal = Brand<string, 'Principal'>;
/** SHA-256 in lower-case hex. */
export type Sha256 = Brand<string, 'Sha256'>;
/** Id of a signing key: the first 16 hex digits of the SHA-256 of its raw public key. */
export type KeyId = Brand<string, 'KeyId'>;

/** What tenants, workflows, steps and tool parts are called: lower case, so that comparing never depends on case. */
export const NAME_PATTERN = '^[a-z0-9][a-z0-9-]{0,62}$';

const name = new RegExp(NAME_PATTERN);

export const isName = (text: string): boolean => name.test(text);
