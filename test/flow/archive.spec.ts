import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLeaf, encodeLeaf, logPath, offsetOf, openReadableStore } from '@countersign/archive';
import { entriesOf, readAnchor, recordOf, type AuditFault } from '@countersign/audit';
import { FLOW, partitionCountOf, TOPICS } from '@countersign/contracts';
import { decodeBundle, decodeVerifier, encodeBundle, parsePartPath, partPath, TILE_WIDTH } from '@countersign/tlog';
import { readdirSync } from 'node:fs';
import { eventually } from '../support/eventually.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';

const AMOUNT = '"amount_cents":100';

interface Verified {
  readonly exitCode: number | null;
  readonly intact: boolean;
  readonly signaturesChecked: boolean;
  readonly runs: number;
  readonly faults: readonly AuditFault[];
}

describe.skipIf(stackMissing !== undefined)(`the archive${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  const folder = mkdtempSync(join(tmpdir(), 'archive-flow-'));
  let acme: Upstream;
  let task: Task;
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    task = deskTask({ id: 'archive-refund', charge: await stack.payments.charge(700) });
    await acme.send(task);
    await acme.finished(task);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const archive = () => (JSON.parse(readFileSync(join(stack.dataDir, 'client.json'), 'utf8')) as { readonly archive: { readonly url: string; readonly anchor: string } }).archive;
  const anchorNow = async () => {
    const { url, anchor } = archive();
    const store = await openReadableStore(url);
    return { store, anchor: await readAnchor(store, { anchor: decodeVerifier(anchor) }) };
  };
  const verify = (place?: string): Promise<Verified> => stack.json<Verified>(['ledger', 'verify', ...(place === undefined ? [] : [place])]);
  /** The end of the task's run, once the anchor tells of it. */
  const closed = () =>
    eventually('the end of the run in the archive', async () => {
      const { store, anchor } = await anchorNow();
      for (const { topic, path, heads } of anchor.logs.filter((log) => log.topic === 'proposals')) {
        for await (const { entry } of entriesOf(store, path, heads.at(-1)?.size ?? 0)) {
          const event = JSON.parse((await recordOf(store, entry)).record.value?.toString() ?? '{}') as { readonly id: string; readonly type: string; readonly run?: string };
          if (event.type === 'countersign.run.closed' && event.run === acme.runOf(task)) return { ...event, topic, path };
        }
      }
      return undefined;
    });
  const copy = (name: string): string => {
    const place = join(folder, name);
    cpSync(new URL(archive().url), place, { recursive: true });
    return place;
  };

  it('is what Kafka has, record for record, in every topic', async () => {
    const places = TOPICS.flatMap((topic) => (FLOW[topic].perTenant ? stack.client.tenants.map((tenant) => `${topic}.${tenant}`) : [topic]).flatMap((name) => Array.from({ length: partitionCountOf(topic, stack.partitions) }, (_, partition) => ({ name, partition }))));
    const store = await openReadableStore(archive().url);
    const broker = stack.kafka();
    let compared = 0;
    for (const { name, partition } of places) {
      const target = { topic: `${stack.namespace}.${name}`, partition };
      const { start, end } = await broker.offsets(target);
      if (start === end || name === 'anchor') continue;
      const path = logPath(stack.namespace, name, partition);
      const log = await eventually(`${name}/${partition} up to ${end}`, async () => {
        const found: { readonly offset: number; readonly entry: Buffer }[] = [];
        const size = Number((await store.get(`${path}/checkpoint`))?.toString().split('\n')[1] ?? 0);
        for await (const { entry } of entriesOf(store, path, size)) {
          found.push({ offset: offsetOf(decodeLeaf(entry)), entry });
        }
        return (found.at(-1)?.offset ?? -1) >= end - 1 ? found : undefined;
      });
      const wrong: number[] = [];
      await broker.read(target, start, end, (records) => {
        for (const record of records) {
          const at = log.findIndex(({ offset }) => offset === record.offset);
          const before = log[at - 1]?.offset ?? -1;
          if (!log[at]?.entry.equals(encodeLeaf(record, before).entry)) wrong.push(record.offset);
          compared += 1;
        }
      });
      expect({ name, partition, wrong }).toEqual({ name, partition, wrong: [] });
    }
    expect(compared).toBeGreaterThan(50);
  });

  it('is verified: signatures, order, causes, and every run that has ended; and each checkpoint is anchored once', async () => {
    await closed();
    const verified = await verify();
    expect(verified.faults).toEqual([]);
    expect(verified).toMatchObject({ exitCode: 0, intact: true, signaturesChecked: true });
    expect(verified.runs).toBeGreaterThan(0);
    const { store, anchor } = await anchorNow();
    const told: string[] = [];
    for await (const { entry } of entriesOf(store, logPath(stack.namespace, 'anchor', 0), anchor.size)) {
      const leaf = decodeLeaf(entry);
      const value = 'record' in leaf ? (JSON.parse(leaf.record.value?.toString() ?? '{}') as { readonly id: string; readonly data: { readonly topic: string; readonly partition: number; readonly next: number } }) : undefined;
      if (value) told.push(value.id);
    }
    // A ledger that starts again tells of the newest one of each log once more; two that archive would tell of each twice.
    expect(told.length).toBeLessThan(2 * new Set(told).size);
  });

  it('of which one amount was changed is not: exit code 8, and the record is named', async () => {
    const { path } = await closed();
    const place = copy('changed');
    // Of each bundle the widest, which is the one that is read; the newest that has an amount.
    const parts = readdirSync(join(place, path, 'tile/entries'), { recursive: true, encoding: 'utf8' }).flatMap((name) => parsePartPath(`tile/entries/${name}`) ?? []);
    const newest = parts.filter(({ index, width }) => !parts.some((other) => other.index === index && other.width > width)).toSorted((one, other) => other.index - one.index);
    const read = newest.map((part) => ({ part, file: join(place, path, partPath(part)) })).map(({ part, file }) => ({ part, file, entries: [...decodeBundle(readFileSync(file), part.width)] }));
    const chosen = read.find(({ entries }) => entries.some((entry) => entry.includes(AMOUNT)));
    if (!chosen) throw new Error('no bundle has an amount');
    const { part, file, entries } = chosen;
    const at = entries.findIndex((entry) => entry.includes(AMOUNT));
    entries[at] = Buffer.from(String(entries[at]).replace(AMOUNT, '"amount_cents":999'));
    chmodSync(file, 0o600);
    writeFileSync(file, encodeBundle(entries));
    const verified = await verify(place);
    const leaf = decodeLeaf(entries[at] ?? Buffer.alloc(0));
    expect(verified).toMatchObject({ exitCode: 8, intact: false });
    expect(verified.faults[0]).toMatchObject({ log: path.slice(stack.namespace.length + 1), code: 'entry.changed', entry: part.index * TILE_WIDTH + at, offset: 'record' in leaf ? leaf.record.offset : -1 });
    expect((await stack.cli(['ledger', 'verify', place])).stdout).toContain('NOT INTACT');
  });

  it('is verified the same where somebody serves it over HTTP, who need not be trusted', async () => {
    await closed();
    const place = copy('served');
    const spoilt = new Set<string>();
    const server = createServer(({ url = '/' }, response) => {
      const file = join(place, decodeURIComponent(url));
      if (!existsSync(file)) return response.writeHead(404).end();
      const bytes = readFileSync(file);
      return response.end(spoilt.has(url) ? Buffer.concat([bytes.subarray(0, -1), Buffer.from('?')]) : bytes);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const served = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await verify(served)).toMatchObject({ exitCode: 0, intact: true, faults: [] });
      const path = logPath(stack.namespace, 'controls', 0);
      const [bundle = ''] = readdirSync(join(place, path, 'tile/entries'), { recursive: true, encoding: 'utf8' }).map((name) => parsePartPath(`tile/entries/${name}`)).filter((part) => part !== undefined).toSorted((one, other) => other.index - one.index || other.width - one.width).map(partPath);
      spoilt.add(`/${path}/${bundle}`);
      expect(await verify(served)).toMatchObject({ exitCode: 8, intact: false, faults: [{ log: 'controls/0', code: 'entry.changed' }] });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('proves one event to whoever has the key of the anchor, and no other one', async () => {
    const { id } = await closed();
    const proof = join(folder, 'proof');
    const byId = await stack.json<{ readonly log: string; readonly entry: number; readonly offset: number }>(['ledger', 'prove', '--out', proof, '--', id]);
    expect(byId).toMatchObject({ exitCode: 0, log: expect.stringContaining('proposals/') as string });
    expect(await stack.json(['ledger', 'prove', '--out', join(folder, 'by-place'), '--', `${byId.log}/${byId.offset}`])).toMatchObject({ exitCode: 0, log: byId.log, entry: byId.entry, offset: byId.offset });
    expect(await stack.json(['ledger', 'prove', '--out', join(folder, 'nowhere'), '--', `${byId.log}/1000000`])).toMatchObject({ exitCode: 1, error: { code: 'NOT_FOUND' } });
    expect(await stack.json(['ledger', 'verify', proof])).toMatchObject({ exitCode: 0, intact: true });
    expect((await stack.cli(['ledger', 'prove', '--out', join(folder, 'again'), '--', id])).stderr).toContain(`ledger verify ${join(folder, 'again')}`);
    expect(await stack.json(['ledger', 'verify', join(folder, 'nosuch'), '--anchor', archive().anchor])).toMatchObject({ exitCode: 1, error: { code: 'NOT_FOUND', message: expect.stringContaining('nosuch') as string } });
    writeFileSync(join(proof, 'record.json'), readFileSync(join(proof, 'record.json'), 'utf8').replace('succeeded', 'succeedeD'));
    expect(await stack.json(['ledger', 'verify', proof])).toMatchObject({ exitCode: 8, intact: false });
  });

  it('tells of a row that somebody has altered in the database, put into it, or taken out of it', async () => {
    await closed();
    const run = acme.runOf(task);
    const check = () => stack.json<{ readonly rows: readonly { readonly run: string; readonly place: string; readonly message: string }[] }>(['ledger', 'verify', '--read-model']);
    // Of what has just come the archive may be ahead.
    await eventually('the same rows', async () => ((await check()).exitCode === 0 ? true : undefined));
    const [row] = await stack.readModel<{ readonly offset: string; readonly partition: number; readonly event: string }>("select * from events where run = $1 and topic = 'proposals' and type = 'countersign.action.proposed'", [run]);
    if (!row) throw new Error('the proposal is in no row');
    const place = `proposals/${row.partition}/${row.offset}`;
    const where = [run, row.offset];
    await stack.readModel("update events set event = replace(event, $3, '\"amount_cents\":1') where run = $1 and \"offset\" = $2 and topic = 'proposals'", [...where, AMOUNT]);
    expect(await check()).toMatchObject({ exitCode: 8, intact: true, rows: [{ run, place, message: 'the row has another event than the archive' }] });
    await stack.readModel("update events set event = $3 where run = $1 and \"offset\" = $2 and topic = 'proposals'", [...where, row.event]);
    expect(await check()).toMatchObject({ exitCode: 0, rows: [] });
    // There the planner has claimed the partition, of which there is no row.
    await stack.readModel("update events set \"offset\" = 0 where run = $1 and \"offset\" = $2 and topic = 'proposals'", where);
    const invented = { run, place: `proposals/${row.partition}/0`, message: 'the row has another event than the archive' };
    expect(await check()).toMatchObject({ exitCode: 8, rows: [invented, { run, place, message: 'there is no row of it' }] });
    await stack.readModel("update events set \"offset\" = $2 where run = $1 and \"offset\" = 0 and topic = 'proposals'", where);
    expect(await check()).toMatchObject({ exitCode: 0, rows: [] });
  });

  it('is exported for an auditor: every record of a run with what shows it, offline', async () => {
    await closed();
    const pack = join(folder, 'pack');
    const run = acme.runOf(task);
    const exported = await stack.json<{ readonly records: number }>(['ledger', 'export', '--out', pack, '--run', run.slice(0, 12)]);
    expect(exported).toMatchObject({ exitCode: 0, runs: 1, scope: { runs: [run] } });
    expect(await stack.json(['ledger', 'export', '--out', join(folder, 'none'), '--run', 'run-NOSUCH'])).toMatchObject({ exitCode: 1, error: { code: 'NOT_FOUND' } });
    const nowhere = { env: { COUNTERSIGN_HOME: folder } };
    expect(await stack.json(['ledger', 'verify', pack, '--anchor', archive().anchor], nowhere)).toMatchObject({ exitCode: 0, intact: true, records: exported.records });
    expect(await stack.json(['ledger', 'verify', pack])).toMatchObject({ exitCode: 0, intact: true, signaturesChecked: true, runs: 1 });
    const record = await stack.cli(['runs', 'show', run, '--format', 'jsonl']);
    expect(readFileSync(join(pack, 'runs.jsonl'), 'utf8').trim()).toBe(record.stdout.trim());
    expect(readFileSync(join(pack, 'runs.csv'), 'utf8').split('\n')[1]).toContain(`${run},acme,`);
    const lines = readFileSync(join(pack, 'records.jsonl'), 'utf8').split('\n');
    writeFileSync(join(pack, 'records.jsonl'), lines.slice(1).join('\n'));
    expect(await stack.json(['ledger', 'verify', pack])).toMatchObject({ exitCode: 8 });
  });
});
