import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { ReadModel } from '@countersign/read-model';
import type { RunningArchive } from './archive/start-archive.js';
import type { ControlsRecorder } from './adapters/controls-recorder.js';

export interface LedgerLifeParts {
  readonly model: ReadModel;
  readonly controls: ControlsRecorder;
  /** Starts the archiving; `undefined` where there is no archive. */
  readonly archive: () => Promise<RunningArchive | undefined>;
  /** Ends the waiting for a PostgreSQL that is away. */
  readonly stop: () => void;
}

/** In which order the parts begin and end. */
export class LedgerLife implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private archive: RunningArchive | undefined;
  private begun: Promise<void> | undefined;
  private ended: Promise<void> | undefined;

  constructor(private readonly parts: LedgerLifeParts) {}

  /** Nest calls it for the service and once more for its HTTP. */
  onApplicationBootstrap(): Promise<void> {
    return (this.begun ??= this.begin());
  }

  onModuleDestroy(): Promise<void> {
    return (this.ended ??= this.end());
  }

  /** The consumer has left its group by now, and nothing is projected any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.parts.model.close();
  }

  private async begin(): Promise<void> {
    await this.parts.controls.start();
    this.archive = await this.parts.archive();
  }

  private async end(): Promise<void> {
    this.parts.stop();
    await this.parts.controls.stop();
    await this.archive?.stop();
  }
}
