import { firstContact, KafkaAdmin, KafkaBroker, type KafkaOptions, type LogRecord } from '@countersign/bus/client';
import { localName } from '@countersign/contracts';
import { CountersignError, isName, type Instant } from '@countersign/kernel';
import { copyOf, inOrderOfTime } from '@countersign/replay';
import { KAFKA_VARIABLES, KafkaConfig, kafkaOptions, readConfig } from '@countersign/service/client';
import type { Action, CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';
import { typedMoment } from '../terminal/option-values.js';
import { copySource, requireFitting, type CopyOptions } from './copy-sources.js';
import { requireEmpty, waitText, waitUntil } from './sandbox.js';

interface ToTopicOptions extends CopyOptions {
  readonly ns: string;
  readonly speed: string;
  readonly until?: string;
}

const SANDBOX = /^sbx-/;
/** Records that are written at once. */
const MOST_AT_ONCE = 200;
/** On a cluster, how often a record is copied is for its brokers to say. */
const BROKERS_DEFAULT = -1;
const CLIENT_ID = 'countersign-replay';

/** Kafka as whoever fills sandboxes: that user may write nowhere else, whatever this program does. */
const sandboxKafka = (context: CommandContext): KafkaOptions => {
  const settings = readSettings(context);
  const [username, passwordFile] = [settings.get('sandbox.username', CLIENT_VARIABLES.sandboxUsername), settings.path('sandbox.passwordFile', CLIENT_VARIABLES.sandboxPasswordFile)];
  if (username === undefined || passwordFile === undefined) throw settings.missing('who may write to sandboxes', CLIENT_VARIABLES.sandboxUsername);
  return kafkaOptions(readConfig(KafkaConfig, { ...settings.kafka(KAFKA_VARIABLES), KAFKA_USERNAME: username, KAFKA_PASSWORD_FILE: passwordFile }, KAFKA_VARIABLES), CLIENT_ID);
};

/** How many times as fast as it was; without a bound for `max`. */
export const speedOf = (text: string): number => {
  if (text === 'max') return Infinity;
  const speed = Number(/^(\d{1,6}(?:\.\d{1,3})?)x?$/.exec(text)?.[1] ?? NaN);
  if (!(speed > 0)) throw new CountersignError('USAGE', `\`--speed\` takes \`max\`, or how many times as fast, not \`${text}\``, { hint: 'such as `1`, `20x` or `0.5x`' });
  return speed;
};

/** Up to a time, or without an offset of each log and what follows it. */
export const untilOf = (text: string | undefined, now: Instant): ((record: Pick<LogRecord, 'offset' | 'timestamp'>) => boolean) => {
  if (text === undefined) return () => true;
  if (/^\d{1,15}$/.test(text)) return ({ offset }) => offset < Number(text);
  const at = typedMoment(text, now);
  if (at === undefined) throw new CountersignError('USAGE', `\`--until\` takes an offset, an age or a time, not \`${text}\``, { hint: 'such as `1200`, `10m` or `2026-01-02T03:04:05Z`' });
  return ({ timestamp }) => timestamp <= at;
};

/** Copies what happened, or its beginning, from the archive or from Kafka into the topics of a sandbox. */
export const replayToTopic: Action<ToTopicOptions> = async (context, { options }) => {
  const { ns } = options;
  if (!SANDBOX.test(ns) || !isName(ns)) throw new CountersignError('USAGE', `\`${ns}\` is no name of a sandbox`, { hint: 'it begins with `sbx-`, such as `sbx-monday`' });
  requireFitting(options);
  const { terminal, clock } = context;
  const [speed, isWanted] = [speedOf(options.speed), untilOf(options.until, clock.now())];
  const kafka = sandboxKafka(context);
  const { namespace, partitions, tenants, logs } = await copySource(context, options, isWanted);
  const records = inOrderOfTime(logs);
  await firstContact(kafka);
  const admin = new KafkaAdmin(kafka);
  const broker = new KafkaBroker(kafka);
  try {
    const made = await admin.createTopics({ namespace: ns, tenants, partitions }, { replicationFactor: BROKERS_DEFAULT, minInsyncReplicas: 1 });
    await requireEmpty(broker, { namespace: ns, partitions }, tenants, made);
    const began = performance.now();
    const first = records[0]?.timestamp ?? 0;
    let written = 0;
    for (const batch of batchesOf(records, speed)) {
      const due = (batch[0] as LogRecord).timestamp - first;
      await waitUntil(context, began + due / speed, { written, of: records.length });
      const { topic, partition } = batch[0] as LogRecord;
      await broker.append({ topic: `${ns}.${localName(namespace, topic)}`, partition }, batch.map(copyOf));
      written += batch.length;
      terminal.progress(waitText(written, records.length, 0));
    }
    terminal.progress('');
    terminal.result(
      () => `${written.toLocaleString('en')} records of \`${namespace}\` are in \`${ns}\``,
      () => ({ namespace: ns, of: namespace, from: options.from, records: written, until: options.until ?? null }),
    );
    terminal.message(`any client of Kafka reads them as user \`${kafka.sasl?.username ?? ''}\`; when they are of no more use, have the topics \`${ns}.*\` deleted: docs/replay.md#into-topics says how`);
  } finally {
    await admin.close();
    await broker.close();
  }
};

/** What follows one another in one log is written at once; at a bounded speed only what has one time. */
const batchesOf = (records: readonly LogRecord[], speed: number): LogRecord[][] => {
  const batches: LogRecord[][] = [];
  for (const record of records) {
    const last = batches.at(-1);
    const head = last?.[0];
    const isOneTime = speed === Infinity || head?.timestamp === record.timestamp;
    if (last && head?.topic === record.topic && head.partition === record.partition && isOneTime && last.length < MOST_AT_ONCE) last.push(record);
    else batches.push([record]);
  }
  return batches;
};
