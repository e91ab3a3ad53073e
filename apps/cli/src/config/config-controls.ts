import { manifestHash, sortFiles } from '@countersign/domain';
import type { NewControl } from '../controls/publish-controls.js';
import { publishedType, type VersionedFile } from './config-file.js';

/** The controls that publish files and put a set in force: one event a file, then the manifest that activates them together. */
export const configControls = (unpublished: readonly VersionedFile[], inForce: readonly VersionedFile[], version: number): readonly NewControl[] => {
  const files = sortFiles(inForce).map(({ kind, id, version: fileVersion, hash }) => ({ kind, id, version: fileVersion, hash }));
  const hash = manifestHash(files);
  return [
    ...unpublished.map(({ kind, ...data }): NewControl => ({ type: publishedType(kind), subject: `${kind}/${data.id}/${data.hash}`, data })),
    { type: 'countersign.config.activated', subject: `${version}/${hash}`, data: { version, hash, files } },
  ];
};
