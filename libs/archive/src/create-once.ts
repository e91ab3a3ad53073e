import { CountersignError } from '@countersign/kernel';
import type { Lock, ObjectStore } from './object-store.js';

/** Stores an object that is immutable: what is there already has to have the same bytes. Throws `ARCHIVE_FORKED` where it has others. */
export const createOnce = async (store: Pick<ObjectStore, 'create' | 'get'>, path: string, bytes: Buffer, lock?: Lock): Promise<void> => {
  if (await store.create(path, bytes, lock)) return;
  const there = await store.get(path);
  if (there?.equals(bytes)) return;
  if (!there) throw new CountersignError('ARCHIVE_UNREACHABLE', `the archive says that \`${path}\` is there, and does not give it`, { retry: 'later', hint: 'where this does not pass, the object was deleted: its marker has to go' });
  throw new CountersignError('ARCHIVE_FORKED', `\`${path}\` is not what has to be written there`, { hint: 'nothing was signed over it; keep the archive as it is and find out who wrote it' });
};
