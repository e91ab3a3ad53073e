import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveWriter, decodeArchiveKey, openStore, parseWitnesses, type ArchiveKey } from '@countersign/archive';
import { systemTimers } from '@countersign/bus';
import { logEpochOf } from '@countersign/domain';
import { codeOf, CountersignError, messageOf, millis, seconds, systemClock } from '@countersign/kernel';
import type { RelayParts } from '@countersign/service';
import { encodeVerifier } from '@countersign/tlog';
import type { OwnEventWriter } from '../adapters/own-event-writer.js';
import type { AlarmingRecord } from '../alarm.js';
import type { LedgerConfig } from '../ledger.config.js';
import type { Alarms } from '../ledger.handler.js';
import { isWaitedFor, type Halted } from './archived-partition.js';
import type { ArchiveTroubles } from './archive-troubles.js';
import { Archiver } from './archiver.js';
import { checkpointEvent } from './checkpoint-event.js';
import { Cosigner } from './cosigner.js';

export interface RunningArchive {
  stop(): Promise<void>;
}

const ANCHOR_PARTITION = 0;
const OPEN_AGAIN_AFTER = seconds(2);

const readKey = (file: string | undefined): ArchiveKey => {
  if (file === undefined) throw new CountersignError('CONFIG_INVALID', 'there is an archive, and no key to sign it with', { hint: '`ledger init` writes one; name it in COUNTERSIGN_ARCHIVE_KEY_FILE' });
  try {
    return decodeArchiveKey(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    throw new CountersignError('KEY_INVALID', `the key of the archive in \`${file}\` cannot be read`, { cause });
  }
};

const alarmOf = (topic: string, partition: number, { offset, fault }: Halted): AlarmingRecord => ({ topic, partition, offset, code: fault.code, message: fault.message, isPlaceOnly: true });

type Parts = RelayParts<LedgerConfig>;

/** Who hears of what is wrong with the archive. */
export interface Hearers {
  readonly alarms: Alarms;
  readonly troubles: ArchiveTroubles;
}

const tell = ({ alarms, troubles }: Hearers, log: Parts['log'], alarm: AlarmingRecord, what = 'the archive does not go on'): void => {
  troubles.begin(alarm, systemClock.now());
  log.error(what, { topic: alarm.topic, partition: alarm.partition, offset: alarm.offset, code: alarm.code, reason: alarm.message });
  // Kafka may be what is away; then the log line above is all there is.
  alarms.raise([alarm]).catch((fault: unknown) => log.error('an alarm could not be written', { code: codeOf(fault), reason: messageOf(fault) }));
};

/** Tries on and on where the archive is away: whatever else the ledger does goes on meanwhile. Throws where the archive cannot be used at all. */
const openWriter = async ({ config: { archiveUrl = '', archiveKeyFile, namespace } }: Parts, signal: AbortSignal, onAway: (fault: CountersignError) => void): Promise<ArchiveWriter | undefined> => {
  const [store, key] = [await openStore(archiveUrl), readKey(archiveKeyFile)];
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      return await ArchiveWriter.open(store, namespace, key, systemClock);
    } catch (fault) {
      // One that refuses from the first is set up wrongly, and whoever starts the service sees it.
      if (!(fault instanceof CountersignError) || !isWaitedFor(fault) || (isFirst && fault.retry === 'never')) throw fault;
      if (isFirst) onAway(fault);
      await sleep(OPEN_AGAIN_AFTER, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
};

/** Archives what is read from Kafka, where the configuration names an archive. Throws where that cannot be used at all; one that is away is waited for. */
export const startArchive = async (parts: Parts, writer: OwnEventWriter, hearers: Hearers): Promise<RunningArchive | undefined> => {
  const { config, log } = parts;
  if (config.archiveUrl === undefined) {
    log.warn('nothing is archived: ARCHIVE_URL is not set', {});
    return undefined;
  }
  const life = new AbortController();
  const away = Promise.withResolvers<undefined>();
  let wasAway = false;
  const started = openWriter(parts, life.signal, (fault) => {
    wasAway = true;
    away.resolve(undefined);
    tell(hearers, log, alarmOf('anchor', ANCHOR_PARTITION, { offset: 0, fault }));
  }).then((archive) => {
    hearers.troubles.back();
    return archive && run(parts, archive, writer, hearers);
  });
  started.catch((fault: unknown) => {
    log.error('nothing is archived', { code: codeOf(fault), reason: messageOf(fault) });
    // The service runs by now: nobody would see that what came back cannot be used.
    if (wasAway && fault instanceof CountersignError) tell(hearers, log, alarmOf('anchor', ANCHOR_PARTITION, { offset: 0, fault }));
    away.reject(fault);
  });
  await Promise.race([started, away.promise]);
  return {
    stop: async () => {
      life.abort();
      await (await started.catch(() => undefined))?.stop();
    },
  };
};

const run = async ({ broker, config, log, controls }: Parts, archive: ArchiveWriter, writer: OwnEventWriter, hearers: Hearers): Promise<RunningArchive> => {
  const { archiveDelayMs, witnesses, namespace, tenants, sessionTimeoutMs } = config;
  const cosigner = new Cosigner({
    store: archive.store,
    path: archive.log('anchor', ANCHOR_PARTITION).path,
    witnesses: witnesses === undefined ? [] : parseWitnesses(witnesses),
    timers: systemTimers,
    onTrouble: ({ url }, fault) => (fault ? log.warn('a witness does not cosign', { code: fault.code, reason: fault.message }) : log.info('a witness cosigns again', { url })),
    onForked: ({ topic, partition, last: { offset } }, fault) => tell(hearers, log, alarmOf(topic, partition, { offset, fault }), 'the anchor is not what a witness has cosigned'),
  });
  const archiver = new Archiver({
    broker,
    archive,
    namespace,
    tenants,
    sessionTimeout: millis(sessionTimeoutMs),
    epochOf: (topic, partition) => logEpochOf(controls.state.endedLogs, topic, partition),
    timers: systemTimers,
    ...(archiveDelayMs === undefined ? {} : { mostDelay: millis(archiveDelayMs) }),
    onPublished: async (published) => {
      hearers.troubles.published(published);
      // The anchor is the top: only witnesses sign over it.
      if (published.topic === 'anchor') return cosigner.ask(published);
      const verifier = encodeVerifier(archive.log(published.topic, published.partition, published.epoch).signer);
      await writer.write('anchor', ANCHOR_PARTITION, [checkpointEvent(published, verifier, systemClock.now())]);
    },
    onAlarm: ({ topic, partition }, halted) => tell(hearers, log, alarmOf(topic.slice(namespace.length + 1), partition, halted)),
    onBack: () => {
      hearers.troubles.back();
      log.info('the archive answers again', {});
    },
    onFatal: (fault) => {
      log.error('nothing is archived any further', { code: codeOf(fault), reason: messageOf(fault) });
      process.exit(1);
    },
  });
  await archiver.start();
  const off = controls.onChange((change) => void (change === 'controls' && archiver.renew()));
  return {
    stop: async () => {
      off();
      cosigner.close();
      await archiver.stop();
      archive.store.close();
    },
  };
};
