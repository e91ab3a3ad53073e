import { setTimeout as sleep } from 'node:timers/promises';
import type { Received } from '@countersign/bus';
import type { ControlState } from '@countersign/domain';
import { CountersignError, systemClock } from '@countersign/kernel';
import type { Logger } from '@countersign/telemetry';
import { send } from './adapters/send.js';
import type { Letters } from './adapters/letters.js';
import type { WebhookSecret } from './adapters/secrets.js';
import { endpointNamed } from './endpoints.js';
import { bodyOf } from './message.js';
import { pauseBefore } from './retrying.js';

export interface DeliveryParts {
  readonly controls: () => ControlState;
  readonly secrets: ReadonlyMap<string, WebhookSecret>;
  readonly letters: Pick<Letters, 'append'>;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** The service stops: nothing more is tried. */
  readonly stopping: AbortSignal;
  /** A number from 0 up to 1. */
  readonly chance: () => number;
}

/** Tells one endpoint of one event, until it has taken it or the event is a dead letter. */
export class Delivery {
  constructor(private readonly parts: DeliveryParts) {}

  /** Each try is made by what is in force then: an endpoint that is gone is told nothing more, and one whose file was mended is found at its new place. Throws only because the service stops. */
  async deliver(endpoint: string, { event, record }: Pick<Received, 'event' | 'record'>): Promise<void> {
    const { controls, secrets, letters, log, stopping, chance } = this.parts;
    const began = performance.now();
    for (let tries = 1; ; tries += 1) {
      if (stopping.aborted) throw interrupted();
      const webhook = endpointNamed(controls(), endpoint);
      if (!webhook) return;
      const { url, secret } = webhook.document;
      const known = secrets.get(secret);
      if (!known) return letters.append(endpoint, record, 'WEBHOOK_SECRET_MISSING', `there is no secret \`${secret}\``);
      const { secrets: keys, ...reach } = known;
      const { verdict, code, retryAfterMs } = await send({ url: new URL(url), ...reach }, { id: event.id, body: bodyOf(event), secrets: keys, now: systemClock.now(), signal: stopping });
      if (verdict === 'done') return;
      if (stopping.aborted) throw interrupted();
      log.warn('an endpoint did not take an event', { to: endpoint, event: event.id, code, attempt: tries });
      if (verdict === 'refused') return letters.append(endpoint, record, 'WEBHOOK_REFUSED', code);
      const pause = pauseBefore(tries, performance.now() - began, chance(), retryAfterMs);
      if (pause === undefined) return letters.append(endpoint, record, 'WEBHOOK_UNDELIVERED', `${code} after ${tries} tries`);
      await sleep(pause, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}

/** What is not committed comes again: to this process or to the next. */
const interrupted = (): CountersignError => new CountersignError('WEBHOOK_UNDELIVERED', 'the service stops', { retry: 'later' });
