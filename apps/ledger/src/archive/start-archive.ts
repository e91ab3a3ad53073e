import { readFileSync } from 'node:fs';
import { ArchiveWriter, decodeArchiveKey, openStore, type ArchiveKey } from '@countersign/archive';
import { systemTimers } from '@countersign/bus';
import { codeOf, CountersignError, messageOf, millis, systemClock } from '@countersign/kernel';
import type { RelayParts } from '@countersign/service';
import { encodeVerifier } from '@countersign/tlog';
import type { OwnEventWriter } from '../adapters/own-event-writer.js';
import type { AlarmingRecord } from '../alarm.js';
import type { LedgerConfig } from '../ledger.config.js';
import type { Alarms } from '../ledger.handler.js';
import type { Halted } from './archived-partition.js';
import { Archiver } from './archiver.js';
import { checkpointEvent } from './checkpoint-event.js';

export interface RunningArchive {
  stop(): Promise<void>;
}

const ANCHOR_PARTITION = 0;

const readKey = (file: string | undefined): ArchiveKey => {
  if (file === undefined) throw new CountersignError('CONFIG_INVALID', 'there is an archive, and no key to sign it with', { hint: '`ledger init` writes one; name it in COUNTERSIGN_ARCHIVE_KEY_FILE' });
  try {
    return decodeArchiveKey(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    throw new CountersignError('KEY_INVALID', `the key of the archive in \`${file}\` cannot be read`, { cause });
  }
};

const alarmOf = (topic: string, partition: number, { offset, fault }: Halted): AlarmingRecord => ({ topic, partition, offset, code: fault.code, message: fault.message });

/** Archives what is read from Kafka, where the configuration names an archive; throws where that cannot be used at all. */
export const startArchive = async ({ broker, config, log }: RelayParts<LedgerConfig>, writer: OwnEventWriter, alarms: Alarms): Promise<RunningArchive | undefined> => {
  const { archiveUrl, archiveKeyFile, archiveDelayMs, namespace, tenants, sessionTimeoutMs } = config;
  if (archiveUrl === undefined) {
    log.warn('nothing is archived: ARCHIVE_URL is not set', {});
    return undefined;
  }
  const archive = await ArchiveWriter.open(await openStore(archiveUrl), namespace, readKey(archiveKeyFile), systemClock);
  const archiver = new Archiver({
    broker,
    archive,
    namespace,
    tenants,
    sessionTimeout: millis(sessionTimeoutMs),
    timers: systemTimers,
    ...(archiveDelayMs === undefined ? {} : { mostDelay: millis(archiveDelayMs) }),
    onPublished: async (published) => {
      // The anchor is the top: only witnesses sign over it.
      if (published.topic === 'anchor') return;
      const verifier = encodeVerifier(archive.log(published.topic, published.partition).signer);
      await writer.write('anchor', ANCHOR_PARTITION, [checkpointEvent(published, verifier, systemClock.now())]);
    },
    onAlarm: ({ topic, partition }, halted) => {
      const alarm = alarmOf(topic.slice(namespace.length + 1), partition, halted);
      log.error('the archive does not go on', { topic: alarm.topic, partition, offset: alarm.offset, code: alarm.code, reason: alarm.message });
      // Kafka may be what is away; then the log line above is all there is.
      alarms.raise([alarm]).catch((fault: unknown) => log.error('an alarm could not be written', { code: codeOf(fault), reason: messageOf(fault) }));
    },
    onBack: () => log.info('the archive answers again', {}),
    onFatal: (fault) => {
      log.error('nothing is archived any further', { code: codeOf(fault), reason: messageOf(fault) });
      process.exit(1);
    },
  });
  await archiver.start();
  return {
    stop: async () => {
      await archiver.stop();
      archive.store.close();
    },
  };
};
