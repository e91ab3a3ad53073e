import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeEvent } from '@countersign/contracts';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { aTask, LedgerWorld, PARTITIONS, until, type RunningLedger } from './ledger-world.spec-support.js';

const SLOW = 60_000;

describe('a ledger on a log', () => {
  let postgres: PostgresFixture;
  let url: string;
  let world: LedgerWorld;
  const running: RunningLedger[] = [];

  const start = async (): Promise<RunningLedger> => {
    const ledger = await world.start(url);
    running.push(ledger);
    return ledger;
  };

  const end = async (ledger: RunningLedger, how: 'stop' | 'kill'): Promise<void> => {
    running.splice(running.indexOf(ledger), 1);
    await ledger[how]();
  };

  const readAll = (ledger: RunningLedger): Promise<void> => until(() => world.isRead(ledger.model));

  beforeAll(async () => {
    postgres = await startPostgresFixture();
  }, SLOW);

  beforeEach(async () => {
    url = await postgres.database();
    world = new LedgerWorld();
  });

  afterEach(async () => {
    for (const ledger of running.splice(0)) await ledger.stop();
  }, SLOW);

  afterAll(async () => {
    await postgres.remove();
  }, SLOW);

  it('reads every topic, claims and what upstream systems sent included', { timeout: SLOW }, async () => {
    for (let number = 0; number < 20; number += 1) world.run(number);
    world.append('inbox', 1, [{ key: null, value: Buffer.from('{"not":"ours"}'), headers: {} }]);
    const ledger = await start();
    await readAll(ledger);
    const { tables } = await ledger.model.fingerprint();
    expect(tables['runs']?.rows).toBe(20);
    expect(tables['events']?.rows).toBe(61);
    expect((await ledger.model.listRuns({ state: 'closed', limit: 50 })).items).toHaveLength(20);
    expect((await ledger.model.events({ from: 'start', topic: 'inbox.acme', limit: 5 })).items).toMatchObject([{ partition: 1, offset: 0 }]);
    expect(ledger.faults).toEqual([]);
  });

  it('raises one alarm for a forged record, keeps it apart, and goes on', { timeout: SLOW }, async () => {
    const wire = world.wire('gateway');
    const { partition } = world.write('tasks', { trigger: undefined, ...aTask(), type: 'countersign.task.submitted' });
    const [genuine] = world.records('tasks', partition);
    if (!genuine) throw new Error('nothing was written');
    // Signed for `tasks`, and put where policy speaks.
    const moved = world.append('decisions', partition, [genuine]);
    const unsigned = world.append('proposals', partition, [{ ...genuine, headers: {} }]);
    world.append('tasks', partition, wire.seal({ topic: 'countersign.tasks', partition, epoch: '-', firstSeq: 0 }, [{ key: null, value: Buffer.from('no json') }]));
    world.run(1);

    const ledger = await start();
    await readAll(ledger);
    expect((await ledger.model.listRuns({ state: 'closed', limit: 5 })).items).toHaveLength(1);
    const alarms = Array.from({ length: PARTITIONS }, (_, at) => world.records('ledger', at)).flat();
    expect(alarms.map(({ value }) => decodeEvent(value ?? Buffer.alloc(0)).data)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'SIGNER_WRONG', topic: 'decisions', partition, offset: moved }),
        expect.objectContaining({ code: 'SIGNATURE_MISSING', topic: 'proposals', partition, offset: unsigned }),
        expect.objectContaining({ code: 'JSON_INVALID', topic: 'tasks', partition }),
      ]),
    );
    expect(alarms).toHaveLength(3);
    expect(world.wire('policy').verify(alarms)).toMatchObject(alarms.map(() => ({ service: 'ledger' })));
    expect(world.records('dlq.ledger', 0)).toHaveLength(3);
    expect((await ledger.model.fingerprint()).tables['rejected_records']?.rows).toBe(3);

    await end(ledger, 'stop');
    const next = await start();
    world.run(2);
    await readAll(next);
    expect(next.alarms).toEqual([]);
  });

  it('goes on where the database is, whatever the group has committed', { timeout: SLOW }, async () => {
    for (let number = 0; number < 5; number += 1) world.run(number);
    const first = await start();
    await readAll(first);
    const before = await first.model.fingerprint();
    await end(first, 'stop');

    url = await postgres.database();
    const second = await start();
    await readAll(second);
    expect(await second.model.fingerprint()).toEqual(before);
  });

  it('has lost and doubled nothing after kills and take-overs, and is equal to one made again', { timeout: SLOW }, async () => {
    let number = 0;
    const write = (count: number): void => {
      for (const last = number + count; number < last; number += 1) world.run(number);
    };
    let ledger = await start();
    for (let round = 0; round < 5; round += 1) {
      write(30);
      const other = await start();
      write(30);
      await end(ledger, 'kill');
      world.claim('proposals', 'planner', round % PARTITIONS);
      write(5);
      ledger = other;
    }
    await readAll(ledger);
    const survived = await ledger.model.fingerprint();
    expect(survived.tables['runs']?.rows).toBe(number);
    expect(survived.tables['events']?.rows).toBe(number * 3);
    await end(ledger, 'stop');

    url = await postgres.database();
    const anew = await start();
    await readAll(anew);
    expect(await anew.model.fingerprint()).toEqual(survived);
  });

  it('notices that the model was emptied under it', { timeout: SLOW }, async () => {
    world.run(1);
    const ledger = await start();
    await readAll(ledger);
    await ledger.model.empty();
    world.run(2);
    await until(() => Promise.resolve(ledger.faults.length > 0));
    expect(ledger.faults[0]).toMatchObject({ code: 'POSITION_GAP' });
    await end(ledger, 'kill');
    const next = await start();
    await readAll(next);
    expect((await next.model.fingerprint()).tables['runs']?.rows).toBe(2);
    expect(world.records('dlq.ledger', 0)).toEqual([]);
  });
});
