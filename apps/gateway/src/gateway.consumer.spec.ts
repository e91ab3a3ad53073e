import { describe, expect, it } from 'vitest';
import type { RelayBatch } from '@countersign/bus';
import { initialControls, type ControlState } from '@countersign/domain';
import { NOW } from '@countersign/testing/given';
import { controlsWith } from '@countersign/testing/refund-desk';
import { GatewayConsumer } from './gateway.consumer.js';
import { GatewayHandler, type Answer } from './gateway.handler.js';
import type { GatewayOutbox } from './gateway.outbox.js';

const TASK = { specversion: '1.0', id: 'ticket-1', source: '/helpdesk', type: 'refund.requested', time: '2026-01-02T03:00:00Z', data: { charge: 'ch_1', amount_cents: 1_200 } };

const batchOf = (body: string): RelayBatch => {
  const record = { topic: 'countersign.inbox.acme', partition: 0, offset: 0, timestamp: NOW, key: null, value: Buffer.from(body), headers: {} };
  return { topic: 'inbox.acme', partition: 0, from: 0, next: 1, reader: '', received: [{ record, topic: 'inbox.acme' }], rejected: [], passedOver: [] };
};

/** What is answered where the controls are `before` at first, and `after` once they were read to their end. */
const answers = async (body: string, before: ControlState, after: ControlState): Promise<{ readonly types: readonly string[]; readonly asked: number }> => {
  const published: Answer[] = [];
  let controls = before;
  let asked = 0;
  const outbox: Pick<GatewayOutbox, 'publish' | 'controls' | 'controlsCaughtUp' | 'now'> = {
    publish: (given) => Promise.resolve(void published.push(...given)),
    controls: () => controls,
    controlsCaughtUp: () => {
      asked += 1;
      controls = after;
      return Promise.resolve();
    },
    now: () => NOW,
  };
  await new GatewayConsumer(new GatewayHandler('countersign.local'), outbox as GatewayOutbox).receive(batchOf(body));
  return { types: published.map(({ outgoing: { type } }) => type.slice('countersign.task.'.length)), asked };
};

describe('the gateway at its inbox', () => {
  it('refuses no task for a contract that it has only not read yet', async () => {
    expect(await answers(JSON.stringify(TASK), initialControls(), controlsWith())).toEqual({ types: ['submitted', 'accepted'], asked: 1 });
  });

  it('refuses a task of a workflow that is not there once it has read everything', async () => {
    expect(await answers(JSON.stringify(TASK), initialControls(), initialControls())).toEqual({ types: ['refused'], asked: 1 });
  });

  it('waits for nothing where the controls make no difference', async () => {
    expect(await answers(JSON.stringify(TASK), controlsWith(), controlsWith())).toEqual({ types: ['submitted', 'accepted'], asked: 0 });
    expect(await answers('nonsense', controlsWith(), controlsWith())).toEqual({ types: ['refused'], asked: 0 });
  });
});
