import type { Received, RelayBatch } from '@countersign/bus';
import type { ControlState } from '@countersign/domain';
import type { Letters } from './adapters/letters.js';
import type { Delivery } from './delivery.js';
import { endpointNamed, isTold } from './endpoints.js';

/** Of one partition for one endpoint: a receiver with one slow request is not waited for with all others, and none is flooded. */
const MOST_AT_ONCE = 4;

export interface HandlerParts {
  readonly controls: () => ControlState;
  readonly delivery: Pick<Delivery, 'deliver'>;
  readonly letters: Pick<Letters, 'has'>;
}

/** Begins them in their order, a few at a time; fails with the first that fails, once those under way are over. */
const inTurn = async <Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> => {
  const left = items.values();
  const lane = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: MOST_AT_ONCE }, lane));
  const failed = lanes.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
};

/** Tells an endpoint what a batch holds for it. Only when all of it is told, or a dead letter, does the batch count as handled. */
export class WebhooksHandler {
  constructor(private readonly parts: HandlerParts) {}

  async handle({ group, from, received }: RelayBatch): Promise<void> {
    const { controls, delivery } = this.parts;
    const webhook = group === undefined ? undefined : endpointNamed(controls(), group);
    if (!webhook) return;
    const events = received.flatMap((each): readonly Received[] => ('event' in each && isTold(webhook, each) ? [each] : []));
    await inTurn(events, async (each) => {
      // From before the batch: somebody has it handled again, which is for who was not told alone.
      if (each.offset < from && !(await this.parts.letters.has(webhook.id, each))) return;
      await delivery.deliver(webhook.id, each);
    });
  }
}
