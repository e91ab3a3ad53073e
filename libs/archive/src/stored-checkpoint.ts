import { CountersignError } from '@countersign/kernel';
import { CHECKPOINT_PATH, openCheckpoint, parsePartPath, partPath, TILE_WIDTH, type Checkpoint, type NoteVerifier } from '@countersign/tlog';
import type { ObjectStore, ReadableStore } from './object-store.js';

/** A checkpoint and the note that says it, as it is stored. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Buffer;
}

export const invalid = (path: string, cause: unknown): CountersignError =>
  new CountersignError('ARCHIVE_INVALID', `the log \`${path}\` does not hold what it says: ${cause instanceof Error ? cause.message : 'unknown fault'}`, { cause });

/** The checkpoint that a log points at, or the one of that name; `undefined` where there is none. Throws `ARCHIVE_INVALID`. */
export const readCheckpoint = async (store: ReadableStore, path: string, verifier: NoteVerifier, name = CHECKPOINT_PATH): Promise<SignedCheckpoint | undefined> => {
  const note = await store.get(`${path}/${name}`);
  if (!note) return undefined;
  try {
    return { checkpoint: openCheckpoint(note, { origin: verifier.name, logKeys: [verifier] }), note };
  } catch (fault) {
    throw invalid(path, fault);
  }
};

/**
 * The newest checkpoint behind `size` that was stored and that the log does not point at, since its writer died in between. There may be many
 * thousands of checkpoints, so it is looked for where the bundles say that there may be one: they come before it.
 */
export const unpointed = async (store: Pick<ObjectStore, 'get' | 'list'>, path: string, verifier: NoteVerifier, size: number): Promise<SignedCheckpoint | undefined> => {
  let newest: SignedCheckpoint | undefined;
  for (let index = Math.floor(size / TILE_WIDTH); ; index += 1) {
    const whole = `${path}/${partPath({ level: 'entries', index, width: TILE_WIDTH })}`;
    const isWhole = (await store.get(whole)) !== undefined;
    const sizes = isWhole ? [(index + 1) * TILE_WIDTH] : [];
    for await (const partial of store.list(`${whole}.p/`)) sizes.push(index * TILE_WIDTH + (parsePartPath(partial.slice(path.length + 1))?.width ?? 0));
    for (const candidate of sizes.filter((each) => each > size)) {
      const found = await readCheckpoint(store, path, verifier, `checkpoints/${candidate}`);
      if (found && found.checkpoint.size > (newest?.checkpoint.size ?? size)) newest = found;
    }
    if (!isWhole) return newest;
  }
};
