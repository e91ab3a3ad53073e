import { readPrivateFile } from '@countersign/identity';
import { none, noneNow, type NoCredential } from './credential.js';

/** A secret in a file of mode 0600, without its line break, or why there is none. A file that is being exchanged may be gone for a moment. */
export const readSecretFile = (path: string): { readonly text: string } | NoCredential => {
  const file = readPrivateFile(path);
  if ('text' in file) return { text: file.text.trimEnd() };
  return file.fault === 'open' ? none('credential.file-open') : noneNow('credential.file-unreadable');
};
