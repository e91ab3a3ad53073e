import { auditArchive, type AuditFault, type Trust } from '@countersign/audit';
import type { ReadableStore } from '@countersign/archive';
import type { Root } from '@countersign/identity';
import { decodeVerifier, openCheckpoint, TlogFault, type TreeHead } from '@countersign/tlog';
import { randomOf, type Random } from '../support/random.ts';
import { ROOT } from '../trust/forgery/desk.ts';
import { changedIn, type Changed } from './changed.ts';
import type { Kind } from './scene.ts';
import { archive, PARTITIONS, pathOf, sources, type Archived, type SignedLog, type Source } from './signed-log.ts';

/** An intact archive, and what it was made of. */
export interface Subject {
  readonly world: SignedLog;
  readonly sources: readonly Source[];
  readonly archived: Archived;
  /** What a witness has seen of its anchor. */
  readonly seen: TreeHead;
}

const ANCHOR = 'anchor/0';

/** Runs that fill more than one bundle of tasks, and leave the rest short. */
const RUNS = 14;

export const subjectOf = async (random: Random, runs = RUNS): Promise<Subject> => {
  const { world, sources: found } = sources(runs);
  const archived = await archive(world, found, random);
  const anchor = decodeVerifier(archived.anchor);
  const note = (await archived.store.get(`${pathOf('anchor', 0)}/checkpoint`)) ?? Buffer.alloc(0);
  return { world, sources: found, archived, seen: openCheckpoint(note, { origin: anchor.name, logKeys: [anchor] }) };
};

export type Found = Pick<AuditFault, 'code' | 'log' | 'entry' | 'before'>;

/** What an auditor finds who has the anchor's key, the root file (the signatures of the events take most of the time), and perhaps what a witness has seen. */
export const find = async (store: ReadableStore, { archived }: Pick<Subject, 'archived'>, { seen, isOfEvents = true, root = ROOT, partitions = PARTITIONS }: { readonly seen?: TreeHead; readonly isOfEvents?: boolean; readonly root?: Root; readonly partitions?: number } = {}): Promise<readonly Found[]> => {
  const trust: Trust = { anchor: decodeVerifier(archived.anchor), ...(seen ? { seen: [seen] } : {}) };
  try {
    return (await auditArchive({ store, trust, ...(isOfEvents ? { root } : {}), partitions })).faults;
  } catch (fault) {
    if (fault instanceof TlogFault) return [{ log: ANCHOR, code: 'checkpoint.invalid' }];
    throw fault;
  }
};

export interface Case {
  readonly kind: Kind;
  readonly seed: number;
  readonly changed: Changed;
  /** What was found without a witness. */
  readonly alone: readonly Found[];
  /** What was found with one. */
  readonly witnessed: readonly Found[];
}

/** Does one kind of tampering to a copy at places that the seed chooses; `undefined` where there was nothing to do it to. */
export const tamperWith = async (subject: Subject, kind: Kind, seed: number): Promise<Case | undefined> => {
  const store = subject.archived.store.copy();
  const done = await kind.tamper({ ...subject, store, random: randomOf(seed) });
  if (!done) return undefined;
  // Where whoever did it has none of the archive's keys, or not the anchor's, no event has to be looked at.
  const isOfEvents = kind.toldBy === 'events' || kind.toldBy === 'witness';
  const alone = await find(store, subject, { isOfEvents });
  const witnessed = alone.length > 0 ? alone : await find(store, subject, { seen: subject.seen, isOfEvents });
  return { kind, seed, changed: await changedIn(subject.archived.store, store), alone, witnessed };
};

/** Whether a fault names the place: the log that was touched, or that lies above one that was begun, and in it the entry, where that is known, or a range that has it. */
const isPlaced = ({ logs, entry }: Changed, { log, entry: told, before = (told ?? 0) + 1 }: Found): boolean => [...logs].some((each) => each === log || each.startsWith(`${log}/e`)) && (entry === undefined || (told !== undefined && told <= entry && entry < before));

/** Whether the first fault is the one that it has to be, in a log of its epoch. */
const isFirst = ({ code, epoch }: NonNullable<Kind['first']>, found: Found): boolean => found.code === code && Number(/\/e(\d+)$/.exec(found.log)?.[1] ?? 0) === epoch;

/**
 * Whether a case was told by whom it has to be, and the first fault is where something was done. Whoever has every key writes everything
 * anew: what then differs is no place.
 */
export const isCaught = ({ kind, changed, alone, witnessed }: Case): boolean => {
  if (kind.toldBy === 'witness') return alone.length === 0 && witnessed.length > 0;
  const [first] = alone;
  if (first === undefined) return false;
  return kind.toldBy === 'events' ? kind.first === undefined || isFirst(kind.first, first) : isPlaced(changed, first);
};

/** Cases of a kind, each at other places; as many as are asked for, or what can be found in ten times as many tries. */
export async function* casesOf(subject: Subject, kind: Kind, count: number, seed: number): AsyncGenerator<Case> {
  let made = 0;
  for (let tries = 0; made < count && tries < count * 10; tries += 1) {
    const found = await tamperWith(subject, kind, seed * 1_000_003 + tries);
    if (!found) continue;
    made += 1;
    yield found;
  }
}

