import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeVerifier, noteSigner } from '@countersign/tlog';
import { contextIn } from '../spec-support/context.spec-support.js';
import { Interrupted } from '../terminal/failure.js';
import { rebuildWith } from './rebuild.js';

const NOTHING = { args: [], options: {} };

describe('ledger rebuild', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-rebuild-'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'countersign-rebuild-'));
  beforeAll(() => writeFileSync(join(folder, 'ledger.json'), JSON.stringify({ KAFKA_BROKERS: '127.0.0.1:9092', DATABASE_URL: 'postgres://here', LOG_LEVEL: 'info' })));
  afterAll(() => {
    for (const each of [folder, elsewhere]) rmSync(each, { recursive: true, force: true });
  });

  /** A ledger that runs `script`. */
  const ledger = (script: string): ReturnType<typeof rebuildWith> => {
    const entry = join(folder, 'ledger.mjs');
    writeFileSync(entry, script);
    return rebuildWith(entry);
  };
  const RESULT = `console.error('3 of 3 records read'); console.log('{"level":"warn"}'); console.log(JSON.stringify({ rebuilt: true, records: 3, ms: 1500, fingerprint: { hash: 'f' }, `;

  it('starts the ledger with what the stack here gave it, and with nothing of the shell', async () => {
    const { context, out } = contextIn(folder, { json: true, env: { DATABASE_URL: 'postgres://shell', KAFKA_USERNAME: 'somebody' } });
    await ledger(`${RESULT} env: process.env, task: process.argv.slice(2) }));`)(context, NOTHING);
    expect(JSON.parse(out())).toEqual({
      schema: 1,
      rebuilt: true,
      records: 3,
      ms: 1500,
      fingerprint: { hash: 'f' },
      task: ['rebuild', 'kafka'],
      env: { KAFKA_BROKERS: '127.0.0.1:9092', DATABASE_URL: 'postgres://here', SERVICE_NAME: 'ledger-rebuild', LOG_LEVEL: 'warn' },
    });
  });

  it('takes the environment of the shell where there is no stack', async () => {
    const { context, out } = contextIn(elsewhere, { json: true, env: { KAFKA_BROKERS: 'kafka.example:9092', DATABASE_URL: 'postgres://shell' } });
    await ledger(`${RESULT} env: process.env }));`)(context, NOTHING);
    expect(JSON.parse(out())).toMatchObject({ env: { DATABASE_URL: 'postgres://shell' } });
    await expect(ledger('')(contextIn(elsewhere).context, NOTHING)).rejects.toMatchObject({ code: 'STACK_NOT_RUNNING' });
  });

  it('says what came of it in one sentence', async () => {
    const { context, out } = contextIn(folder);
    await ledger(`${RESULT} }));`)(context, NOTHING);
    expect(out()).toBe('the read model is rebuilt from Kafka: 3 records in 2s, fingerprint f\n');
  });

  it('makes it from the archive of the stack, or from the one that is named, with the key that it has to be of', async () => {
    const keyOf = (origin: string): string => encodeVerifier(noteSigner(`${origin}/countersign/anchor/0`, Buffer.alloc(32, 1)));
    const [own, other] = [keyOf('ledger.example'), keyOf('other.example')] as const;
    writeFileSync(join(folder, 'client.json'), JSON.stringify({ schema: 1, archive: { url: 'file:///own', anchor: own } }));
    const rebuild = ledger(`${RESULT} env: process.env, task: process.argv.slice(2) }));`);
    const there = contextIn(folder, { json: true, env: { AWS_REGION: 'here' } });
    await rebuild(there.context, { args: [], options: { from: 'archive' } });
    const ofStack = JSON.parse(there.out());
    expect(ofStack).toMatchObject({ task: ['rebuild', 'archive'], env: { ARCHIVE_URL: 'file:///own', COUNTERSIGN_ARCHIVE_ANCHOR: own } });
    expect(ofStack.env).not.toHaveProperty('AWS_REGION');
    await rebuild(there.context, { args: [], options: { from: 'archive', archive: 's3://bucket/copy', anchor: other } });
    expect(JSON.parse(there.out())).toMatchObject({ env: { ARCHIVE_URL: 's3://bucket/copy', COUNTERSIGN_ARCHIVE_ANCHOR: other, AWS_REGION: 'here' } });
    await expect(rebuild(there.context, { args: [], options: { from: 'archive', anchor: 'no key' } })).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(rebuild(there.context, { args: [], options: { archive: 'here' } })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('fails with the code and the reason of the ledger', async () => {
    const failing = ledger("console.error('0 of 9 records read'); console.error('the rebuild failed: TIMED_OUT: it stands still\\n  at 3'); process.exit(1)");
    await expect(failing(contextIn(folder).context, NOTHING)).rejects.toMatchObject({ code: 'TIMED_OUT', message: 'the rebuild failed: it stands still\n  at 3' });
    await expect(ledger("throw new Error('boom')")(contextIn(folder).context, NOTHING)).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('boom') as string });
  });

  it('is ended by Ctrl-C', async () => {
    const { context, abort } = contextIn(folder);
    const waiting = ledger('setInterval(() => undefined, 1000)')(context, NOTHING);
    setTimeout(abort, 200);
    await expect(waiting).rejects.toBeInstanceOf(Interrupted);
  });
});
