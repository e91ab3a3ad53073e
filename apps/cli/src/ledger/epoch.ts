import { readCheckpoint, verifyLog, type ReadableStore } from '@countersign/archive';
import { LogChecker, nameOf, nextOffsetOf, readAnchor, type ArchivedLog } from '@countersign/audit';
import { topicOf } from '@countersign/contracts';
import { logEpochOf, type EndedLog } from '@countersign/domain';
import { CountersignError } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { publishControls, requireRole } from '../controls/publish-controls.js';
import { EXIT } from '../exit-codes.js';
import { partitionsOf } from '../log/places.js';
import { requireYes } from '../terminal/require-yes.js';
import { viewOf } from '../terminal/view.js';
import { openArchive, type ArchiveOptions } from './archive-settings.js';
import { tellsOfStandstill, type ArchivedUpTo } from './standstill.js';

interface EpochOptions extends ArchiveOptions {
  readonly archive?: string;
  readonly reason: string;
  readonly yes?: boolean;
}

interface Place {
  /** Without the namespace. */
  readonly topic: string;
  readonly partition: number;
}

type End = Omit<EndedLog, 'at' | 'by'>;

const PLACE = /^(?<topic>[a-z0-9.-]+)\/(?<partition>\d{1,4})$/;

const placeOf = (text: string): Place => {
  const { topic = '', partition } = PLACE.exec(text)?.groups ?? {};
  if (topicOf(topic) === undefined) throw new CountersignError('USAGE', `\`${text}\` is no topic partition`, { hint: 'write it as `ledger verify` shows it: `decisions/2`, `inbox.acme/0`' });
  if (topic === 'anchor') throw new CountersignError('USAGE', 'the anchor does not end: its key is what auditors hold', { hint: 'begin another archive, with `ledger init`, and give them its key' });
  return { topic, partition: Number(partition) };
};

/** What of a log counts: its own checkpoint, or the newest that the anchor tells of, where that says more. */
const standingOf = async (store: ReadableStore, log: ArchivedLog): Promise<Pick<End, 'size' | 'root' | 'next'>> => {
  const anchored = log.heads.at(-1);
  const own = await readCheckpoint(store, log.path, log.verifier).catch(() => undefined);
  if (anchored && (own?.checkpoint.size ?? 0) < anchored.size) return { size: anchored.size, root: Buffer.from(anchored.root).toString('hex'), next: log.next ?? 0 };
  if (own && own.checkpoint.size > 0) return { size: own.checkpoint.size, root: Buffer.from(own.checkpoint.root).toString('hex'), next: await nextOffsetOf(store, log.path, own.checkpoint.size) };
  throw new CountersignError('NOT_FOUND', `nothing is archived in \`${nameOf(log)}\``, { hint: 'a log with nothing in it begins where Kafka does: there is nothing to be ended' });
};

/** Whether the ledger has raised an alarm that this log stands still, behind what is archived. */
const isAlarmed = async (kafka: Kafka, checker: LogChecker, log: ArchivedUpTo): Promise<boolean> => {
  let found = false;
  for (const target of partitionsOf(kafka, 'ledger', kafka.tenants)) {
    const { start, end } = await kafka.broker.offsets(target);
    await kafka.broker.read(target, start, end, (records) => void (found ||= tellsOfStandstill(checker, records, log)));
  }
  return found;
};

/** Only what cannot go on is ended: a ledger that is about to write into it would write behind its end. */
const requireStanding = async (kafka: Kafka, checker: LogChecker, store: ReadableStore, log: ArchivedLog, { next }: Pick<End, 'next'>, start: number): Promise<void> => {
  if (start > next || (await isAlarmed(kafka, checker, { ...log, next }))) return;
  const { faults } = await verifyLog({ store, path: log.path, verifier: log.verifier, known: log.heads });
  if (faults.length === 0) throw new CountersignError('USAGE', `\`${nameOf(log)}\` does not stand still: Kafka has what comes behind offset ${next - 1}, and no alarm says that it cannot be archived`, { hint: '`countersign ledger verify` shows how far each log has come' });
};

const endOf = async (context: CommandContext, kafka: Kafka, place: Place, options: EpochOptions): Promise<End> => {
  const { store, trust } = await openArchive(context, options.archive, options);
  const root = readRoot(context);
  const { state } = await readControlLog(kafka.broker, kafka.namespace, root);
  const { epoch } = logEpochOf(state.endedLogs, place.topic, place.partition);
  const log = (await readAnchor(store, trust)).logs.find((each) => each.topic === place.topic && each.partition === place.partition && each.epoch === epoch);
  if (!log) throw new CountersignError('NOT_FOUND', `the anchor tells of no log \`${nameOf({ ...place, epoch })}\``, { hint: '`countersign ledger verify` lists the logs of the archive' });
  const standing = await standingOf(store, log);
  const target = { topic: `${kafka.namespace}.${place.topic}`, partition: place.partition };
  const { start, end } = await kafka.broker.offsets(target);
  if (end < standing.next) throw new CountersignError('LOG_TRUNCATED', `\`${place.topic}/${place.partition}\` of Kafka ends at offset ${end}, and the archive has come to ${standing.next}`, { hint: 'Kafka has lost what the archive has: bring it back, with `countersign dev up --restore` into an empty one' });
  await requireStanding(kafka, new LogChecker(kafka, root, state), store, log, standing, start);
  return { ...place, epoch, ...standing, begins: Math.max(start, standing.next), reason: options.reason };
};

const missingText = ({ next, begins }: End): string => (begins === next ? 'no record is left out' : `offsets ${next} to ${begins - 1} are archived nowhere, and every verification says so from now on`);

/** Ends a log that stands still and has its topic partition archived into the next one, by a signed control. */
export const beginEpoch: Action<EpochOptions> = async (context, { args: [text = ''], options }) => {
  const place = placeOf(text);
  const { terminal, clock } = context;
  return withKafka(context, async (kafka) => {
    const person = readPerson(context);
    requireRole(readRoot(context), person, ['countersign.log.ended']);
    const end = await endOf(context, kafka, place, options);
    const name = nameOf(end);
    if (!terminal.json) terminal.message(`\`${name}\` ends with ${end.size} records; \`${nameOf({ ...end, epoch: end.epoch + 1 })}\` begins at offset ${end.begins}: ${missingText(end)}`);
    if (!(await requireYes(context, options.yes === true, 'this cannot be taken back; end the log?'))) return EXIT.error;
    const control = await publishControls(kafka.broker, kafka.namespace, person, [{ type: 'countersign.log.ended', subject: name, data: end }], clock.now());
    terminal.result(
      () => `ended: ${name}`,
      () => ({ control, ended: end, missing: end.begins - end.next, next: nameOf({ ...end, epoch: end.epoch + 1 }) }),
    );
    const { command, colors } = viewOf(context);
    terminal.message(colors.dim(`the ledger goes on within a second: \`${command('ledger verify')}\``));
    return EXIT.ok;
  });
};
