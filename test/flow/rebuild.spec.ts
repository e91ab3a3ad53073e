import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLeaf, offsetOf, openReadableStore } from '@countersign/archive';
import { entriesOf, LogChecker, logRecordOf, readAnchor, recordOf } from '@countersign/audit';
import type { LogRecord } from '@countersign/bus';
import { loadRoot } from '@countersign/identity';
import { canonicalJson, sha256 } from '@countersign/kernel';
import { CedarEngine } from '@countersign/policy-engines';
import { ControlTimeline, newSandbox, partitionTapes, TAPED, taped, type PartitionTape, type TapedTopic } from '@countersign/replay';
import { controlsFold, controlVerifier } from '@countersign/service/client';
import { decodeVerifier } from '@countersign/tlog';
import { eventually } from '../support/eventually.ts';
import { deskTask, Upstream } from '../support/upstream.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { inWorkspace } from '../support/workspace.ts';

interface ClientArchive {
  readonly rootFile: string;
  readonly archive: { readonly url: string; readonly anchor: string };
}
interface Rebuilt {
  readonly from: string;
  readonly records: number;
  readonly fingerprint: { readonly hash: string; readonly tables: Readonly<Record<string, { readonly rows: number }>> };
}

const NOWHERE = '127.0.0.1:1';
const DATABASE = 'from_archive_alone';

describe.skipIf(stackMissing !== undefined)(`what is made of the archive alone${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  beforeAll(async () => {
    const acme = await Upstream.open(stack);
    const approvals = await stack.view('approvals');
    const asked = deskTask({ id: 'rebuild-asked', how: 'ask', charge: await stack.payments.charge(400) });
    await acme.carryOut(deskTask({ id: 'rebuild-plain', charge: await stack.payments.charge(300) }));
    await acme.send(asked);
    const { data } = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(asked));
    await stack.cli(['approvals', 'approve', String(data['approval']), '--yes']);
    await acme.finished(asked);
    await stack.readModel(`create database ${DATABASE}`);
    await eventually('an archive that has everything', async () => (await archivedAll()) || undefined);
  });
  afterAll(() => stack.readModel(`drop database if exists ${DATABASE} with (force)`));

  const client = () => JSON.parse(readFileSync(join(stack.dataDir, 'client.json'), 'utf8')) as ClientArchive;
  const root = () => loadRoot(client().rootFile);
  const opened = async () => {
    const { url, anchor } = client().archive;
    const store = await openReadableStore(url);
    return { store, anchor: await readAnchor(store, { anchor: decodeVerifier(anchor) }) };
  };

  /** Whether the anchor tells of every record that Kafka has, but for its own. */
  const archivedAll = async (): Promise<boolean> => {
    const { store, anchor } = await opened();
    for (const { topic, partition, path, heads } of anchor.logs.filter((log) => log.topic !== 'anchor')) {
      const { end } = await stack.kafka().offsets({ topic: `${stack.namespace}.${topic}`, partition });
      const size = heads.at(-1)?.size ?? 0;
      for await (const { entry } of entriesOf(store, path, size, size - 1)) if (offsetOf(decodeLeaf(entry)) + 1 < end) return false;
    }
    return true;
  };

  /** The ledger's own program, with a database of its own and a Kafka that is not there. */
  const alone = async (): Promise<Rebuilt> => {
    const environment = JSON.parse(readFileSync(join(stack.dataDir, 'ledger.json'), 'utf8')) as Record<string, string>;
    const env = { ...environment, PATH: process.env['PATH'], SERVICE_NAME: 'ledger-alone', LOG_LEVEL: 'warn', KAFKA_BROKERS: NOWHERE, DATABASE_URL: stack.databaseUrl(DATABASE), COUNTERSIGN_ARCHIVE_ANCHOR: client().archive.anchor };
    const child = spawn(process.execPath, [inWorkspace('apps/ledger/dist/main.js'), 'rebuild', 'archive'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    if (code !== 0) throw new Error(err);
    return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Rebuilt;
  };

  it('is the read model as it is made of Kafka, hash by hash', async () => {
    const ofKafka = await stack.json<Rebuilt>(['ledger', 'rebuild', '--from', 'kafka']);
    const ofArchive = await alone();
    expect(ofArchive.fingerprint).toEqual(ofKafka.fingerprint);
    expect(ofArchive.fingerprint.tables['runs']?.rows).toBeGreaterThan(1);
    expect(ofArchive.fingerprint.tables['votes']?.rows).toBeGreaterThan(0);
  });

  it('fills the read model of the stack beside the ledger that runs, which goes on from there', async () => {
    const { hash } = (await stack.json<Rebuilt>(['ledger', 'rebuild', '--from', 'kafka'])).fingerprint;
    const rebuilt = await stack.json<Rebuilt>(['ledger', 'rebuild', '--from', 'archive']);
    expect(rebuilt).toMatchObject({ exitCode: 0, rebuilt: true, from: 'archive', fingerprint: { hash } });
    const acme = await Upstream.open(stack);
    const next = deskTask({ id: 'rebuild-next', charge: await stack.payments.charge(100) });
    await acme.carryOut(next);
    await eventually('the next run in the read model', async () => ((await stack.cli(['runs', 'show', acme.runOf(next)])).code === 0 ? true : undefined));
    await eventually('the ledger that runs', async () => ((await stack.cli(['dev', 'status'])).code === 0 ? true : undefined));
  });

  it('is the state that each service folds, partition by partition, hash by hash', async () => {
    const { store, anchor } = await opened();
    const fromArchive = new Map<string, LogRecord[]>();
    for (const log of anchor.logs) {
      const records: LogRecord[] = [];
      for await (const { entry } of entriesOf(store, log.path, log.heads.at(-1)?.size ?? 0)) records.push(logRecordOf(log, stack.namespace, (await recordOf(store, entry)).record));
      fromArchive.set(`${log.topic}/${log.partition}`, records);
    }
    const fromKafka = new Map<string, LogRecord[]>();
    for (const [place, archived] of fromArchive) {
      const [topic = '', partition = ''] = place.split('/');
      const target = { topic: `${stack.namespace}.${topic}`, partition: Number(partition) };
      const records: LogRecord[] = [];
      await stack.kafka().read(target, 0, (archived.at(-1)?.offset ?? -1) + 1, (read) => void records.push(...read));
      fromKafka.set(place, records);
    }
    const [ofArchive, ofKafka] = [statesOf(fromArchive), statesOf(fromKafka)];
    expect(ofArchive).toEqual(ofKafka);
    expect(Object.keys(ofArchive)).toHaveLength(4 * stack.partitions);
    expect(new Set(Object.values(ofArchive)).size).toBeGreaterThan(4);
  });

  /** Hashes of what planner, policy, approvals and executor fold, as a snapshot has it, by service and partition. */
  const statesOf = (logs: ReadonlyMap<string, readonly LogRecord[]>): Readonly<Record<string, string>> => {
    const controls = new ControlTimeline(logs.get('controls/0') ?? [], controlsFold, controlVerifier(root()));
    const checker = new LogChecker({ namespace: stack.namespace, partitions: stack.partitions }, root(), controls.newest);
    const events = [...logs].flatMap(([place, records]) => {
      const topic = TAPED.find((each): each is TapedTopic => place.startsWith(`${each}/`));
      return topic === undefined ? [] : checker.check(records, true).flatMap((checked) => (checked.kind === 'event' ? [taped(topic, checked.event, checked.record)] : []));
    });
    const tapes = partitionTapes(events);
    const { services } = newSandbox({ engine: new CedarEngine(), trustDomain: 'countersign.local', partitions: stack.partitions });
    const tapeOf = (partition: number): PartitionTape | undefined => tapes.find((tape) => tape.partition === partition);
    return Object.fromEntries(
      services.flatMap(({ service, step, output }) =>
        Array.from({ length: stack.partitions }, (_, partition) => {
          const state = (tapeOf(partition)?.topics[output] ?? []).reduce((folded, { event, cause }) => step.evolve(folded, event, cause), step.initialState());
          return [`${service}/${partition}`, sha256(canonicalJson(step.freeze(state)))];
        }),
      ),
    );
  };
});
