import { openReadableStore } from '@countersign/archive';
import { auditArchive, readAnchor, type Trust } from '@countersign/audit';
import { KafkaBroker, OffsetGaps } from '@countersign/bus';
import { topicName } from '@countersign/contracts';
import { scopeKey, scopeText, type ControlState, type ToolContract } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { CountersignError, days, systemClock, type Instant } from '@countersign/kernel';
import { decodeVerifier } from '@countersign/tlog';
import { personOf } from '../connection/person.js';
import { publishControls, type NewControl } from '../controls/publish-controls.js';
import { seenIn } from '../ledger/archive-settings.js';
import { faultText } from '../ledger/verify/audit-text.js';
import { readControls } from './announce-keys.js';
import type { LocalArchive } from './local-archive.js';
import type { LocalWitness } from './local-witness.js';
import { requireNewestOf } from './newest-archive.js';
import { restorePartition } from './restore-log.js';
import { LOCAL_PERSON, type StackKeys } from './stack-keys.js';

const TELL_EVERY = 1_000;

/** How long after a restore people let things go on: what a tool forgets before then it may have forgotten. */
const UNTIL_RESUMED = days(1);

interface RestoreParts {
  /** As somebody who may write everywhere. */
  readonly kafka: ConstructorParameters<typeof KafkaBroker>[0];
  readonly archive: LocalArchive['client'];
  readonly options: { readonly namespace: string; readonly partitions: number; readonly seen: readonly string[] };
  readonly root: Root;
  /** Asked whether the archive has all that it knows of. */
  readonly witness: LocalWitness | undefined;
  readonly onStep: (step: string) => void;
}

/**
 * Puts every record of an archive into an empty Kafka, at the offset and with the time that it had. The archive is verified first: nothing is
 * restored that is not what was signed. Kafka is gone, so that it was not set back is told by checkpoints that somebody kept and by a witness
 * alone, and by nobody later: whoever goes on from it makes it the newest. Gives Kafka's time of the newest record. Throws `ARCHIVE_INVALID`, and `LOG_TRUNCATED` where an offset cannot be had again.
 */
export const restoreKafka = async ({ kafka, archive, options, root, witness, onStep }: RestoreParts): Promise<Instant> => {
  const store = await openReadableStore(archive.url);
  const anchor = decodeVerifier(archive.anchor);
  const trust: Trust = { anchor, seen: seenIn(options.seen, anchor) };
  onStep('verifying the archive');
  const { faults, events } = await auditArchive({ store, trust, root, partitions: options.partitions });
  const [fault] = faults;
  if (fault) throw new CountersignError('ARCHIVE_INVALID', `nothing is restored from an archive that is not what was signed: ${faultText(fault)}`);
  if (witness) {
    onStep('asking the witness');
    await requireNewestOf(store, anchor, witness);
  }
  const { logs } = await readAnchor(store, trust);
  const broker = new KafkaBroker(kafka);
  const gaps = new OffsetGaps(kafka, broker);
  let [restored, newest] = [0, 0];
  const onRecord = (at: number): void => {
    newest = Math.max(newest, at);
    if ((restored += 1) % TELL_EVERY === 0) onStep(`restoring Kafka: ${restored} of ${events} records`);
  };
  try {
    for (const ofPartition of Map.groupBy(logs, ({ topic, partition }) => `${topic}/${partition}`).values()) await restorePartition(ofPartition, { broker, gaps, store, namespace: options.namespace, onRecord });
  } finally {
    await gaps.close();
    await broker.close();
  }
  return newest as Instant;
};

/** Whether a call that was made when the archive ended may be done twice where it is made again. */
const mayRepeat = ({ effect, idempotency }: ToolContract, since: number): boolean =>
  effect === 'write' && (idempotency.kind === 'none' || (idempotency.kind === 'key' && idempotency.memory - since <= UNTIL_RESUMED));

/**
 * What goes into mode safe behind a disaster. A call that was made after the last checkpoint is in no log, and its run makes it again: a tool
 * that still knows its key, or may be asked twice, has it done once all the same; any other waits until a person has looked. `since`: how long ago
 * the newest record of the archive came.
 */
export const modesAfterDisaster = ({ active, stops }: Pick<ControlState, 'active' | 'stops'>, since: number): readonly NewControl[] => {
  const repeating = [...(active?.tools.values() ?? [])].filter(({ document }) => mayRepeat(document, since)).map(({ document }) => document.id);
  const safe = [{ scope: 'all', value: '', reason: 'restored from the archive' } as const, ...repeating.map((value) => ({ scope: 'tool', value, reason: 'restored from the archive: it may recognise no repeat, so look whether it was done what waits here' }) as const)];
  // One that is safe already cannot be made any safer.
  return safe.filter((scope) => stops.modes.get(scopeKey(scope))?.mode !== 'safe').map((data) => ({ type: 'countersign.mode.changed', subject: scopeText(data), data: { ...data, mode: 'safe' } }));
};

/** What ran when the disaster came goes on when a person says so, and not before. `newest`: what `restoreKafka` gave. */
export const startSafe = async (broker: KafkaBroker, namespace: string, { person: { key }, rootFile }: StackKeys, newest: Instant): Promise<void> => {
  const controls = await readControls(broker, topicName(namespace, 'controls'), rootFile);
  const now = systemClock.now();
  await publishControls(broker, namespace, personOf(LOCAL_PERSON, key), modesAfterDisaster(controls, now - newest), now);
};
