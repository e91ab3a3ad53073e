import { randomUUID } from 'node:crypto';
import { ControlsFollower, DeadLetters, KafkaBroker, newStats, SignedWire, systemTimers, type Broker, type BusStats, type LogRecord, type SignedControl, type Wire } from '@countersign/bus';
import { FileBlobStore, topicName, type BlobStore, type Service } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { fileSigner, loadRoot } from '@countersign/identity';
import type { KeyId } from '@countersign/kernel';
import { createLogger, publishCounters, startTelemetry, type Logger } from '@countersign/telemetry';
import { announcedKeys, controlsFold, controlVerifier } from './control-log.js';
import { kafkaOptions } from './kafka.js';
import type { ServiceConfig } from './service.config.js';

/** What every service is made of, before Nest begins. */
export interface ServiceParts<Config extends ServiceConfig = ServiceConfig> {
  readonly service: Service;
  readonly config: Config;
  /** Unique for each start. */
  readonly instance: string;
  readonly log: Logger;
  readonly broker: Broker;
  readonly wire: Wire;
  /** Id of the service's own signing key. */
  readonly key: KeyId;
  readonly controls: ControlsFollower<ControlState>;
  /** What `controls` checks each control with: it knows those before it. */
  readonly verifyControl: (record: LogRecord) => SignedControl;
  readonly blobs: BlobStore;
  readonly stats: BusStats;
  /** Lets go of Kafka, the controls and telemetry, after everything else. */
  close(): Promise<void>;
}

/** Reads keys and secrets, and connects to nothing yet but a collector of telemetry where the environment names one. Throws `CONFIG_INVALID` and `KEY_INVALID`. */
export const serviceParts = async <Config extends ServiceConfig>(service: Service, config: Config): Promise<ServiceParts<Config>> => {
  const { namespace, partitions } = config;
  const instance = `${config.instance}-${randomUUID().slice(0, 8)}`;
  const telemetry = await startTelemetry({ service, instance, namespace });
  const log = createLogger({ service, instance, namespace, level: config.logLevel });
  const root = loadRoot(config.rootFile, config.trustDomain);
  const signer = fileSigner(service, config.keyFile);
  const broker = new KafkaBroker({ ...kafkaOptions(config, instance), log });
  const stats = newStats();
  const verifyControl = controlVerifier(root);
  publishCounters('countersign.bus', () => ({ ...stats }));
  const controls: ControlsFollower<ControlState> = new ControlsFollower({
    broker,
    topic: topicName(namespace, 'controls'),
    fold: controlsFold,
    verify: verifyControl,
    deadLetters: new DeadLetters({ broker, namespace, service, timers: systemTimers, stats, log, signal: new AbortController().signal }),
    timers: systemTimers,
    stats,
    log,
  });
  const wire = new SignedWire({ namespace, partitions, signer, keys: announcedKeys(() => controls.state) });
  const close = async (): Promise<void> => {
    await controls.stop();
    await broker.close();
    await telemetry.stop();
  };
  return { service, config, instance, log, broker, wire, key: signer.key, controls, verifyControl, blobs: new FileBlobStore(config.blobFolder), stats, close };
};
