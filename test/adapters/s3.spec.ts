import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initArchive, LogWriter, newArchiveKey, verifyLog, type ObjectStore } from '../../libs/archive/src/index.js';
import { S3Store } from '../../libs/archive/src/s3-store.js';
import { days, systemClock, type Instant } from '../../libs/kernel/src/index.js';
import { objectStoreSuite } from '../../libs/testing/src/index.js';
import { noteSigner } from '../../libs/tlog/src/index.js';
import { randomOf } from '../support/random.ts';
import { BadWay, buildVersitygw, S3Server, type Trouble } from './versitygw.ts';

const built = await buildVersitygw();
const why = 'missing' in built ? ` (${built.missing})` : '';
const NOW = systemClock.now();

describe.skipIf('missing' in built)(`an archive in S3${why}`, { timeout: 60_000 }, () => {
  let server: S3Server;
  let made = 0;
  const name = (): string => `bucket-${(made += 1)}`;
  beforeAll(async () => {
    server = await S3Server.start('program' in built ? built.program : '');
  });
  afterAll(() => server.close());

  const storeIn = (bucket: string, more: Partial<ConstructorParameters<typeof S3Store>[0]> = {}): S3Store => new S3Store({ bucket, prefix: 'archive', clock: systemClock, client: server.client(), ...more });
  const closing = (store: ObjectStore) => ({ store, hasLocks: true, close: () => Promise.resolve(store.close()) });

  objectStoreSuite('S3', async () => closing(storeIn(await server.bucket(name()))));
  objectStoreSuite('S3 without a prefix', async () => closing(storeIn(await server.bucket(name()), { prefix: '' })));

  describe('is not kept where it would not be safe', () => {
    it.each([
      ['has no Object Lock', { locks: false }, 'has no Object Lock'],
      ['has no versions', { locks: false, versions: false }, 'has no versions'],
    ])('in a bucket that %s', async (_what, options, message) => {
      const store = storeIn(await server.bucket(name(), options));
      await expect(store.check()).rejects.toMatchObject({ code: 'ARCHIVE_UNSUITABLE', message: expect.stringContaining(message) as string, hint: expect.stringContaining('Object Lock') as string });
    });

    it('with a clock that is an hour off', async () => {
      const store = storeIn(await server.bucket(name()), { clock: { now: () => (systemClock.now() + 3_600_000) as Instant } });
      await expect(store.check()).rejects.toMatchObject({ code: 'ARCHIVE_UNSUITABLE', message: expect.stringMatching(/3[56]\d\d s apart/) as string });
    });

    it('in a bucket that is not there, or is somebody else’s', async () => {
      await expect(storeIn('no-such-bucket').check()).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED', retry: 'never' });
      const store = storeIn(await server.bucket(name()), { client: { ...server.client(), credentials: { accessKeyId: 'countersign-test', secretAccessKey: 'another' } } });
      await expect(store.create('x', Buffer.from('x'))).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED', retry: 'never' });
    });

    it('on a server that is not there', async () => {
      const store = storeIn('any', { client: { ...server.client('http://127.0.0.1:1'), maxAttempts: 1 } });
      await expect(store.get('x')).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retry: 'later' });
    });
  });

  it('says until when an object may not be removed, whole ones for longer than partial ones', async () => {
    const store = storeIn(await server.bucket(name()));
    const { lock } = await initArchive(store, { key: newArchiveKey('ledger.example'), namespace: 'countersign', partitions: 2, lock: { mode: 'GOVERNANCE', days: 400 } });
    const signer = noteSigner('ledger.example/log', Buffer.alloc(32, 1));
    const until = (period: number): Instant => (NOW + days(period)) as Instant;
    const writer = await LogWriter.open({ store, path: 'log', signer, lockOf: (keep) => ({ mode: lock?.mode ?? 'GOVERNANCE', until: until(keep === 'whole' ? 400 : 30) }) });
    for (let at = 0; at < 257; at += 1) writer.append(Buffer.from(`entry ${at}`));
    await writer.publish();
    for (const path of ['log/tile/0/000', 'log/tile/entries/000', 'log/tile/0/001.p/1', 'log/checkpoints/257']) await expect(store.remove(path)).rejects.toMatchObject({ code: 'ARCHIVE_LOCKED' });
    expect(await verifyLog({ store, path: 'log', verifier: signer })).toMatchObject({ size: 257, faults: [] });
  });

  it.each<[string, Trouble]>([
    ['answers 500', { status: 500 }],
    ['answers 503', { status: 503 }],
    ['breaks off', 'cut'],
    ['loses its answer', 'lost'],
    ['gives half a body', 'half'],
    ['answers too late', { lateMs: 2_000 }],
  ])('is a fault that may pass, and told by its code, where the server %s', async (_what, trouble) => {
    const way = await BadWay.to(server.url);
    const client = { ...server.client(way.url), maxAttempts: 1, requestHandler: { requestTimeout: 500, throwOnRequestTimeout: true } };
    const store = storeIn(await server.bucket(name()), { client });
    await store.create('x', Buffer.alloc(1_000));
    way.next = () => trouble;
    // The answer to a write has no second half.
    const acts = [() => store.get('x'), ...(trouble === 'half' ? [] : [() => store.create('y', Buffer.alloc(10))])];
    for (const act of acts) await expect(act()).rejects.toMatchObject({ code: 'ARCHIVE_UNREACHABLE', retry: 'later' });
    way.next = () => 'none';
    expect((await store.get('x'))?.length).toBe(1_000);
    store.close();
    await way.close();
  });

  it.each<[string, Trouble]>([
    ['answers 500', { status: 500 }],
    ['answers 503', { status: 503 }],
    ['answers 412 to what it did not write', { status: 412 }],
    ['does it and loses the answer', 'lost'],
    ['breaks off', 'cut'],
    ['gives half a body', 'half'],
    ['is slow', { lateMs: 300 }],
  ])('is whole in the end where the server %s, again and again', async (_what, trouble) => {
    const bucket = await server.bucket(name());
    const way = await BadWay.to(server.url);
    const random = randomOf(7);
    const store = storeIn(bucket, { client: { ...server.client(way.url), maxAttempts: 1 } });
    const signer = noteSigner('ledger.example/log', Buffer.alloc(32, 1));
    way.next = () => (random.next() < 0.15 ? trouble : 'none');
    let faults = 0;
    let writer: LogWriter | undefined;
    for (let at = 0; at < 600; ) {
      try {
        writer ??= await LogWriter.open({ store, path: 'log', signer });
        for (at = writer.size; at < Math.min(600, writer.published + 70); at += 1) writer.append(Buffer.from(`entry ${at}`));
        await writer.publish();
      } catch (fault) {
        faults += 1;
        if (faults > 1_000) throw fault;
        // As a process that dies and starts again, from where the log ends.
        if (random.next() < 0.3) [writer, at] = [undefined, 0];
      }
    }
    for (way.next = () => 'none'; ; ) if (!(await writer?.publish())) break;
    await way.close();
    const entries: string[] = [];
    expect(await verifyLog({ store: storeIn(bucket), path: 'log', verifier: signer, onEntry: (entry) => void entries.push(String(entry)) })).toMatchObject({ size: 600, faults: [] });
    expect(entries).toEqual(Array.from({ length: 600 }, (_, at) => `entry ${at}`));
  });
});
