import type { ControlState } from '@countersign/domain';
import { systemClock, type Instant } from '@countersign/kernel';
import type { RelayParts } from '@countersign/service';
import type { GatewayConfig } from './gateway.config.js';
import type { Answer } from './gateway.handler.js';

/** What the consumer needs of the outside: the log, what is in force, and the time. */
export class GatewayOutbox {
  constructor(private readonly parts: Pick<RelayParts<GatewayConfig>, 'outbox' | 'controls'>) {}

  async publish(answers: readonly Answer[]): Promise<void> {
    if (answers.length > 0) await this.parts.outbox.publish(answers.map(({ outgoing, ...rest }) => ({ ...rest, outgoing: [outgoing] })));
  }

  controls(): ControlState {
    return this.parts.controls.state;
  }

  /** Resolves once the controls were read up to an end that was asked for after this call. */
  controlsCaughtUp(): Promise<void> {
    return this.parts.controls.caughtUp();
  }

  now(): Instant {
    return systemClock.now();
  }
}
