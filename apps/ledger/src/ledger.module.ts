import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { codeOf, messageOf, type CountersignError } from '@countersign/kernel';
import { ReadModel } from '@countersign/read-model';
import type { RelayParts } from '@countersign/service';
import { AlarmWriter } from './adapters/alarm-writer.js';
import { OwnEventWriter } from './adapters/own-event-writer.js';
import { ArchiveTroubles } from './archive/archive-troubles.js';
import { startArchive } from './archive/start-archive.js';
import { ControlsRecorder } from './adapters/controls-recorder.js';
import { HTTP_CONTROLLERS, httpProviders } from './adapters/http/http-parts.js';
import { LogPositions } from './adapters/log-positions.js';
import { readOrMakeToken } from './adapters/token-file.js';
import { BallotCheck } from './ballot-check.js';
import { Directory } from './directory.js';
import type { LedgerConfig } from './ledger.config.js';
import { LedgerConsumer } from './ledger.consumer.js';
import { LedgerHandler } from './ledger.handler.js';
import { LedgerLife } from './ledger.life.js';
import { Projector } from './projector.js';

type Parts = RelayParts<LedgerConfig>;

const CONTROLS = { topic: 'controls', partition: 0 };

const positions = ({ broker, config: { namespace }, log }: Parts, model: ReadModel): LogPositions =>
  new LogPositions({
    model,
    broker,
    namespace,
    onLost: ({ topic, partition, nextOffset }, start) => log.error('events are gone from Kafka before the ledger had read them', { topic, partition, committed: nextOffset, start }),
  });

const alarmWriter = ({ config: { partitions }, log }: Parts, writer: OwnEventWriter): AlarmWriter =>
  new AlarmWriter({ writer, partitions, onAlarm: ({ topic, partition, offset, count, code, message }) => log.error('an alarm', { topic, partition, offset, count, code, reason: message }) });

const handler = ({ log }: Parts, model: ReadModel, alarms: AlarmWriter, signal: AbortSignal): LedgerHandler => {
  const projector = new Projector(model.project, signal);
  const onGap = (fault: CountersignError): void => {
    log.error('the read model was made anew: this process starts again from its end', { code: fault.code, reason: fault.message });
    process.exit(1);
  };
  return new LedgerHandler({ project: (batch) => projector.add(batch), alarms, onGap });
};

const recorder = ({ broker, config, log, verifyControl }: Parts, from: LogPositions, { handle }: Pick<LedgerHandler, 'handle'>): ControlsRecorder =>
  new ControlsRecorder({
    broker,
    namespace: config.namespace,
    verify: (record) => verifyControl(record).event,
    position: async () => (await from.of([CONTROLS]))[0]?.offset ?? 0,
    handle,
    onCrash: (fault) => {
      log.error('the controls are not recorded any further', { code: codeOf(fault), reason: messageOf(fault) });
      process.exit(1);
    },
  });

/** Wiring of the service; `http` says whether it also answers questions. */
@Module({})
export class LedgerModule {
  static of(parts: Parts, { http }: { readonly http: boolean }): DynamicModule {
    const { config, log, controls } = parts;
    const life = new AbortController();
    const writer = new OwnEventWriter({ broker: parts.broker, wire: parts.wire, namespace: config.namespace });
    const alarms = alarmWriter(parts, writer);
    const troubles = new ArchiveTroubles();
    const onFault = ({ code, message }: CountersignError): void => log.warn('PostgreSQL does not answer as it should', { code, reason: message });
    const providers: Provider[] = [
      { provide: ReadModel, useFactory: () => ReadModel.open({ url: config.databaseUrl, onFault }) },
      { provide: LogPositions, useFactory: (model: ReadModel) => positions(parts, model), inject: [ReadModel] },
      { provide: LedgerHandler, useFactory: (model: ReadModel) => handler(parts, model, alarms, life.signal), inject: [ReadModel] },
      { provide: BallotCheck, useFactory: () => new BallotCheck(() => controls.state) },
      { provide: ArchiveTroubles, useValue: troubles },
      { provide: Directory, useFactory: () => new Directory(() => controls.state) },
      {
        provide: LedgerLife,
        useFactory: (model: ReadModel, from: LogPositions, handles: LedgerHandler) => new LedgerLife({ model, controls: recorder(parts, from, { handle: (batch) => handles.handle(batch) }), archive: () => (http ? startArchive(parts, writer, { alarms, troubles }) : Promise.resolve(undefined)), stop: () => life.abort() }),
        inject: [ReadModel, LogPositions, LedgerHandler],
      },
    ];
    if (!http) return { module: LedgerModule, controllers: [LedgerConsumer], providers };
    const onHttpFault = ({ code, message }: CountersignError): void => log.error('a request failed', { code, reason: message });
    return {
      module: LedgerModule,
      controllers: [LedgerConsumer, ...HTTP_CONTROLLERS],
      providers: [...providers, ...httpProviders({ token: readOrMakeToken(config.tokenFile), onFault: onHttpFault })],
    };
  }
}
