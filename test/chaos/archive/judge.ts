import { encodeLeaf, logPath, readCheckpoint, readPart, verifyLog } from '@countersign/archive';
import { auditArchive, readAnchor } from '@countersign/audit';
import { decodeVerifier, partsOf, partPath, widthOf, type NoteVerifier, type TreeHead } from '@countersign/tlog';
import { NAMESPACE, PARTITIONS } from '../../tamper/signed-log.ts';
import { ROOT } from '../../trust/forgery/desk.ts';
import { PLACES, type Archive, type Place, type World } from './world.ts';

const nameOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;
const pathOf = ({ topic, partition }: Place): string => logPath(NAMESPACE, topic, partition);

/** Judges an archive from its outside, each time that its ledger has died and in the end; remembers all that it has seen signed. */
export class Judge {
  readonly violations: string[] = [];
  /** Checkpoints that stood in the place where everybody reads them, by log, smallest first. */
  private readonly seen = new Map<string, TreeHead[]>();
  private readonly anchor: NoteVerifier;
  private readonly archive: Archive;
  private readonly world: World;

  constructor(archive: Archive, world: World) {
    this.archive = archive;
    this.world = world;
    this.anchor = decodeVerifier(archive.anchor);
  }

  /** The archive verifies whole, and has what was ever seen of it. `isOfEvents`: the signatures of the events too, which take most of the time. */
  async look(when: string, isOfEvents = false): Promise<{ readonly entries: number; readonly checkpoints: number }> {
    const { store } = this.archive;
    let [entries, checkpoints] = [0, 0];
    if ((await readCheckpoint(store, pathOf({ topic: 'anchor', partition: 0 }), this.anchor)) !== undefined) {
      const { logs, faults } = await auditArchive({ store, trust: { anchor: this.anchor, seen: this.seen.get('anchor/0') ?? [] }, ...(isOfEvents ? { root: ROOT } : {}), partitions: PARTITIONS });
      for (const { log, code, message } of faults) this.violations.push(`${when}: ${log}: ${code}: ${message}`);
      if (isOfEvents) for (const { topic, partition, unanchored } of logs) if (topic !== 'anchor' && unanchored > 0) this.violations.push(`${when}: ${topic}/${partition}: ${unanchored} entries are not anchored`);
    }
    for (const place of PLACES) {
      const verifier = this.archive.verifierOf(place);
      const known = this.seen.get(nameOf(place)) ?? [];
      const pointed = (await readCheckpoint(store, pathOf(place), verifier))?.checkpoint;
      const log = await verifyLog({ store, path: pathOf(place), verifier, known });
      for (const { code, message } of log.faults) this.violations.push(`${when}: ${nameOf(place)}: ${code}: ${message}`);
      if (pointed && pointed.size > (known.at(-1)?.size ?? 0)) this.seen.set(nameOf(place), [...known, pointed]);
      entries += log.size;
      checkpoints += log.checkpoints;
    }
    return { entries, checkpoints };
  }

  /** Whether the anchor tells of every log up to its end. */
  async isAnchored(): Promise<boolean> {
    const { store } = this.archive;
    const { logs } = await readAnchor(store, { anchor: this.anchor });
    for (const place of PLACES.filter(({ topic }) => topic !== 'anchor')) {
      const size = (await readCheckpoint(store, pathOf(place), this.archive.verifierOf(place)))?.checkpoint.size ?? 0;
      if ((logs.find(({ path }) => path === pathOf(place))?.newest?.size ?? 0) < size) return false;
    }
    return true;
  }

  /** Every record of Kafka is in it, in its order, with its offset and its bytes; nothing else is. */
  async holds(when: string): Promise<number> {
    const { broker } = this.world;
    let records = 0;
    for (const place of PLACES) {
      const target = { topic: `${NAMESPACE}.${place.topic}`, partition: place.partition };
      const { start, end } = await broker.offsets(target);
      const expected: Buffer[] = [];
      let previous = -1;
      await broker.read(target, start, end, (read) => {
        for (const record of read) {
          expected.push(encodeLeaf(record, previous).entry);
          previous = record.offset;
        }
      });
      const found: Buffer[] = [];
      await verifyLog({ store: this.archive.store, path: pathOf(place), verifier: this.archive.verifierOf(place), onEntry: (entry) => void found.push(entry) });
      const wrong = found.findIndex((entry, at) => !expected[at]?.equals(entry));
      if (wrong >= 0) this.violations.push(`${when}: entry ${wrong} of ${nameOf(place)} is not record ${wrong} of Kafka`);
      // The last checkpoints of all are on the anchor topic, and no further one tells of them.
      if (found.length < expected.length && place.topic !== 'anchor') this.violations.push(`${when}: ${nameOf(place)} has ${found.length} of ${expected.length} records`);
      records += found.length;
    }
    return records;
  }

  /** Bundle for bundle, tile for tile and checkpoint for checkpoint what another archive of the same Kafka has, which goes as far at least. */
  async isAs(other: Archive): Promise<{ readonly objects: number; readonly checkpoints: number }> {
    const { store } = this.archive;
    let [objects, checkpoints] = [0, 0];
    for (const place of PLACES) {
      const path = pathOf(place);
      const [verifier, otherVerifier] = [this.archive.verifierOf(place), other.verifierOf(place)];
      const size = (await readCheckpoint(store, path, verifier))?.checkpoint.size ?? 0;
      const otherSize = (await readCheckpoint(other.store, path, otherVerifier))?.checkpoint.size ?? 0;
      for (const level of ['entries', 0, 1, 2] as const) {
        for (const part of partsOf(size, level)) {
          const one = await readPart(store, path)(part);
          const another = await readPart(other.store, path)({ ...part, width: widthOf(otherSize, part) });
          if (!another.subarray(0, one.length).equals(one)) this.violations.push(`\`${path}/${partPath(part)}\` is another one where nothing died`);
          objects += 1;
        }
      }
      for await (const object of store.list(`${path}/checkpoints/`)) {
        const name = object.slice(path.length + 1);
        const [one, another] = [await readCheckpoint(store, path, verifier, name), await readCheckpoint(other.store, path, otherVerifier, name)];
        if (!one || !another) continue;
        if (!one.checkpoint.root.equals(another.checkpoint.root)) this.violations.push(`\`${object}\` has another root where nothing died`);
        checkpoints += 1;
      }
    }
    return { objects, checkpoints };
  }
}
