import { logPath, tellingOf, verifyLog, type LogFault, type ReadableStore, type Telling } from '@countersign/archive';
import { CountersignError, messageOf } from '@countersign/kernel';
import { CHECKPOINT_PATH, decodeVerifier, openCheckpoint, TlogFault, type NoteVerifier, type TreeHead } from '@countersign/tlog';
import { recordOf, type AnchoredHead, type ArchivedLog } from './archived-log.js';

/** Whose word counts: the key of the anchor, which an auditor has from elsewhere, and the witnesses that they ask for. */
export interface Trust {
  readonly anchor: NoteVerifier;
  readonly witnesses?: readonly NoteVerifier[];
  /** How many of them have to have cosigned the anchor. */
  readonly quorum?: number;
  /** What a witness, or the auditor before, has seen of the anchor: an archive that was set back or written anew is told by it alone. Smallest first. */
  readonly seen?: readonly TreeHead[];
}

export interface Anchor {
  readonly namespace: string;
  /** The first part of every log's name. */
  readonly origin: string;
  readonly size: number;
  /** Names of the witnesses that have cosigned it. */
  readonly witnesses: readonly string[];
  /** Its checkpoint that they have, where a quorum was asked for: the newest one may not be cosigned yet. */
  readonly cosigned?: Buffer;
  /** Every log that it tells of, and itself last, by topic and partition. */
  readonly logs: readonly ArchivedLog[];
  readonly faults: readonly LogFault[];
}

const ANCHOR = /^([^/]+)\/([^/]+)\/anchor\/0$/;

/** Of which archive a key is the anchor's: that stands in its name. Throws `KEY_INVALID` for the key of anything else. */
export const placeOfAnchor = ({ name }: Pick<NoteVerifier, 'name'>): Pick<Anchor, 'origin' | 'namespace'> => {
  const [, origin, namespace] = ANCHOR.exec(name) ?? [];
  if (origin === undefined || namespace === undefined) throw new CountersignError('KEY_INVALID', `\`${name}\` is no name of an anchor`, { hint: 'its key begins with `ORIGIN/NAMESPACE/anchor/0`' });
  return { origin, namespace };
};

/** The name that a log of an archive has on its checkpoints. */
export const logNameIn = ({ origin, namespace }: Pick<Anchor, 'origin' | 'namespace'>, { topic, partition, epoch }: Pick<ArchivedLog, 'topic' | 'partition' | 'epoch'>): string => `${origin}/${logPath(namespace, topic, partition, epoch)}`;

export interface Told extends Omit<Telling, 'verifier'> {
  readonly verifier: NoteVerifier;
  readonly head: TreeHead;
}

/** What an entry of the anchor tells; `undefined` for one that tells of no log. Whatever it says was signed with the anchor's key. */
export const toldBy = (value: Buffer | null): Told | undefined => {
  const telling = tellingOf(value);
  if (!telling) return undefined;
  const verifier = decodeVerifier(telling.verifier);
  return { ...telling, verifier, head: openCheckpoint(telling.note, { origin: verifier.name, logKeys: [verifier] }) };
};

const pathOf = (anchor: NoteVerifier): string => logPath(placeOfAnchor(anchor).namespace, 'anchor', 0);

/** Whether the newest checkpoint of the anchor lacks no cosignature that is asked for; whatever else is wrong with it is for `readAnchor` to tell. */
export const isWitnessed = async (store: ReadableStore, { anchor, witnesses = [], quorum = 0 }: Trust): Promise<boolean> => {
  const note = quorum > 0 ? await store.get(`${pathOf(anchor)}/${CHECKPOINT_PATH}`) : undefined;
  try {
    if (note) openCheckpoint(note, { origin: anchor.name, logKeys: [anchor], witnesses, quorum });
    return true;
  } catch (fault) {
    return !(fault instanceof TlogFault && fault.code === 'signature.missing');
  }
};

/**
 * Reads the anchor log: from its key, everything else of an archive is borne out. Throws `TlogFault` where its checkpoint is not signed
 * by whom it has to be, `KEY_INVALID` for a key of another log, and what the store throws; whatever else is wrong with it is told.
 */
export const readAnchor = async (store: ReadableStore, { anchor, witnesses = [], quorum = 0, seen = [] }: Trust): Promise<Anchor> => {
  const { origin, namespace } = placeOfAnchor(anchor);
  const path = pathOf(anchor);
  const note = await store.get(`${path}/${CHECKPOINT_PATH}`);
  const opened = note && openCheckpoint(note, { origin: anchor.name, logKeys: [anchor], witnesses, quorum });
  if (!opened && quorum > 0) throw new TlogFault('signature.missing', `there is no checkpoint of \`${anchor.name}\` that witnesses could have cosigned`);
  // The log may have grown since: what came behind that checkpoint is vouched for by nobody else yet.
  const vouchedFor = quorum > 0 ? (opened?.size ?? 0) : Infinity;
  const logs = new Map<string, ToldLog>();
  const faults: LogFault[] = [];
  const verified = await verifyLog({
    store,
    path,
    verifier: anchor,
    isKept: true,
    known: [...seen, ...(opened ? [opened] : [])].toSorted((one, other) => one.size - other.size),
    onEntry: async (entry, index) => {
      if (index >= vouchedFor) return;
      try {
        const told = toldBy((await recordOf(store, entry)).record.value);
        const fault = told && take(logs, told, { origin, namespace, index });
        if (fault) faults.push({ log: path, index, ...fault });
      } catch (fault) {
        faults.push({ log: path, code: 'entry.changed', index, message: messageOf(fault) });
      }
    },
  });
  const found = [...logs.values()].map(({ heads, ...log }) => ({ ...log, heads: heads.toSorted((one, other) => one.size - other.size) }));
  const itself: ArchivedLog = { topic: 'anchor', partition: 0, epoch: 0, path, verifier: anchor, heads: [] };
  return { namespace, origin, size: Math.min(verified.size, vouchedFor), witnesses: (opened?.witnesses ?? []).map(({ name }) => name), ...(note && quorum > 0 ? { cosigned: note } : {}), logs: [...found.toSorted(byPlace), itself], faults: [...verified.faults, ...faults] };
};

const byPlace = (one: ArchivedLog, other: ArchivedLog): number => one.topic.localeCompare(other.topic) || one.partition - other.partition || one.epoch - other.epoch;

interface ToldLog extends Omit<ArchivedLog, 'heads' | 'newest' | 'next'> {
  readonly heads: TreeHead[];
  newest: AnchoredHead;
  next: number;
}

/** Takes what an entry tells, or says what is wrong with it. */
const take = (logs: Map<string, ToldLog>, { topic, partition, epoch, next, verifier, head, note }: Told, { index, ...place }: Pick<Anchor, 'origin' | 'namespace'> & { readonly index: number }): Pick<LogFault, 'code' | 'message'> | undefined => {
  const path = logPath(place.namespace, topic, partition, epoch);
  // Of an archive of the same topics before or beside this one, with another secret: it says nothing of this one.
  if (!verifier.name.startsWith(`${place.origin}/`)) return undefined;
  if (verifier.name !== logNameIn(place, { topic, partition, epoch })) return { code: 'entry.changed', message: `\`${verifier.name}\` is not the name of the log \`${path}\`` };
  const newest = { ...head, note, anchorIndex: index };
  const known = logs.get(path) ?? { topic, partition, epoch, path, verifier, heads: [], newest, next };
  logs.set(path, known);
  if (known.verifier.keyId !== verifier.keyId) return { code: 'key.changed', message: `the key of \`${path}\` is ${verifier.keyId} from here on, and was ${known.verifier.keyId}: a log has one key` };
  // The same checkpoint may be told twice, after a crash, and by two writers in any order.
  const same = known.heads.findLast(({ size }) => size <= head.size);
  if (same?.size !== head.size) known.heads.push({ size: head.size, root: head.root });
  else if (Buffer.compare(same.root, head.root) !== 0) return { code: 'history.rewritten', message: `\`${path}\` has two roots of size ${head.size}: whoever has its key shows two histories` };
  if (head.size >= known.newest.size) known.newest = newest;
  known.next = Math.max(known.next, next);
  return undefined;
};
