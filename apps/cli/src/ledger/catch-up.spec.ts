import { freeRunning, MemoryBroker, MemoryCluster, MemoryProcess } from '@countersign/bus';
import { describe, expect, it } from 'vitest';
import { catchUp } from './catch-up.js';
import type { Ledger } from './ledger-client.js';

describe('a ledger that is asked for what was just on the log', () => {
  it('is waited for until it has read each partition to where it ended when it was asked', async () => {
    const cluster = new MemoryCluster(freeRunning);
    cluster.log.createTopic('countersign.approvals', 2);
    cluster.log.append({ topic: 'countersign.approvals', partition: 1 }, [{ key: null, value: Buffer.from('{}'), headers: {} }], 0);
    const broker = new MemoryBroker(cluster, new MemoryProcess('vote', freeRunning));
    const asked: Parameters<Ledger['positions']>[0][] = [];
    const ledger: Pick<Ledger, 'positions'> = {
      positions: (query) => {
        asked.push(query);
        return Promise.resolve({ caughtUp: true });
      },
    };
    expect(await catchUp({ broker, namespace: 'countersign', partitions: 2, tenants: ['acme'] }, ledger, 'approvals')).toBe(true);
    expect(asked).toEqual([{ atLeast: 'approvals/0/0,approvals/1/1', wait: '5000' }]);
    await broker.close();
  });
});
