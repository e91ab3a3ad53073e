import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Instant } from '@countersign/kernel';
import { S3Store } from './s3-store.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const ANSWERS: Readonly<Record<string, string>> = {
  versioning: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  'object-lock': '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
  'list-type': '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>',
};

describe('a bucket with all that an archive needs', () => {
  let server: Server;
  afterEach(() => new Promise((done) => server.close(done)));

  /** Of a server whose answers have this date. */
  const checked = async (date: string | undefined): Promise<void> => {
    server = createServer(({ url = '' }, answer) => {
      answer.sendDate = false;
      if (date !== undefined) answer.setHeader('date', date);
      answer.setHeader('connection', 'close');
      answer.end(ANSWERS[Object.keys(ANSWERS).find((name) => url.includes(name)) ?? '']);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const store = new S3Store({ bucket: 'archive', prefix: '', clock: { now: () => NOW }, client: { endpoint, region: 'here', forcePathStyle: true, maxAttempts: 1, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } } });
    await store.check().finally(() => store.close());
  };

  it('is fit for one where its clock is ours', () => expect(checked('Fri, 02 Jan 2026 03:02:05 GMT')).resolves.toBeUndefined());

  it('is not where its clock is another one', () => expect(checked('Fri, 02 Jan 2026 02:04:05 GMT')).rejects.toMatchObject({ code: 'ARCHIVE_UNSUITABLE', message: expect.stringContaining('3600 s apart') as string }));

  it.each([['no date', undefined], ['a date that is none', 'soon']])('is not where nobody can tell, since its answers have %s', (_what, date) =>
    expect(checked(date)).rejects.toMatchObject({ code: 'ARCHIVE_UNSUITABLE', message: 'the archive does not say what time it is there', hint: expect.stringContaining('locks are dates') as string }));
});
