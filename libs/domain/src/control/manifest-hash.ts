import type { ActivatedFile } from '@countersign/contracts';
import { canonicalJson, sha256, type Sha256 } from '@countersign/kernel';

/** Files of a manifest in the order in which they are hashed. */
export const sortFiles = <File extends Pick<ActivatedFile, 'kind' | 'id'>>(files: readonly File[]): readonly File[] =>
  files.toSorted((a, b) => compare(a.kind, b.kind) || compare(a.id, b.id));

/** Names a whole configuration: the hash over its sorted files. */
export const manifestHash = (files: readonly Pick<ActivatedFile, 'kind' | 'id' | 'version' | 'hash'>[]): Sha256 =>
  sha256(canonicalJson(sortFiles(files).map(({ kind, id, version, hash }) => ({ kind, id, version, hash }))));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
