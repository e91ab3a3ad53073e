import type { ConfigKind } from '@countersign/contracts';
import type { JsonObject, Sha256 } from '@countersign/kernel';

/** A file of a configuration, in force or about to be. */
export interface VersionedFile {
  readonly kind: ConfigKind;
  readonly id: string;
  readonly version: number;
  readonly hash: Sha256;
  /** Path below the configuration folder. */
  readonly path: string;
  readonly body: JsonObject;
}

/** A file of a folder; one without a version gets the next when its content is new. */
export interface WantedFile extends Omit<VersionedFile, 'version'> {
  readonly version?: number;
}

export const sameFile = (one: Pick<VersionedFile, 'kind' | 'id'>, other: Pick<VersionedFile, 'kind' | 'id'>): boolean => one.kind === other.kind && one.id === other.id;

/** The control that publishes a file of a kind. */
export const publishedType = <Kind extends ConfigKind>(kind: Kind): `countersign.${Kind}.published` => `countersign.${kind}.published`;

/** Kinds in the order in which people read them. */
export const KIND_TITLES: Readonly<Record<ConfigKind, string>> = {
  contract: 'contract',
  playbook: 'playbook',
  policy: 'policy',
  tool: 'tool',
  approvers: 'approvers',
  tenant: 'tenant',
  webhook: 'web hook',
};
