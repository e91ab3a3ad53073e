import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { ReadModel } from '@countersign/read-model';
import type { ControlsRecorder } from './adapters/controls-recorder.js';

export interface LedgerLifeParts {
  readonly model: ReadModel;
  readonly controls: ControlsRecorder;
  /** Ends the waiting for a PostgreSQL that is away. */
  readonly stop: () => void;
}

/** In which order the parts begin and end. */
export class LedgerLife implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(private readonly parts: LedgerLifeParts) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.parts.controls.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.parts.stop();
    await this.parts.controls.stop();
  }

  /** The consumer has left its group by now, and nothing is projected any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.parts.model.close();
  }
}
