import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaAdmin } from '@countersign/bus';
import { kafkaMissing } from '@countersign/testing';
import { runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { ownStack, type OwnStack } from '../support/own-stack.ts';
import { Stack } from '../support/stack.ts';

interface VerifiedLog {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly entries: number;
  readonly unanchored: number;
  readonly begun?: { readonly at: number; readonly missing: number; readonly reason: string };
}
interface Verified {
  readonly intact: boolean;
  readonly faults: readonly { readonly code: string; readonly message: string }[];
  readonly logs: readonly VerifiedLog[];
}

/** What a frozen ledger has asked for is answered by then: Kafka keeps a fetch for a quarter of a second, and would hand it what comes. */
const EVERY_FETCH_IS_OVER_MS = 2_000;
/** A start of everything, on a machine that does much else. */
const LONG_MS = 300_000;
const PARTITION = 2;
const REASON = 'a test let go of two ballots';

describe.skipIf(kafkaMissing !== undefined)('a log of which Kafka has let go of records before they were archived', { timeout: LONG_MS }, () => {
  let own: OwnStack;
  let stack: Stack;
  let admin: KafkaAdmin;
  beforeAll(async () => {
    own = ownStack();
    stack = new Stack(own.dataDir);
    const { code, stderr } = await runCli(['dev', 'up'], { dataDir: own.dataDir });
    if (code !== 0) throw new Error(stderr);
    admin = new KafkaAdmin(stack.kafkaOptions());
  }, LONG_MS);
  afterAll(async () => {
    await admin?.close();
    await stack?.close();
    await own?.remove();
  }, LONG_MS);

  const target = () => ({ topic: stack.topic('ballots'), partition: PARTITION });
  const junk = (text: string) => ({ key: null, value: Buffer.from(JSON.stringify({ text })), headers: {} });
  const append = (...texts: readonly string[]) => stack.kafka().append(target(), texts.map(junk));
  const ledger = (): number => {
    const part = own.state().parts['ledger'];
    if (!part) throw new Error('no ledger runs');
    return part.pid;
  };
  const verify = () => stack.json<Verified>(['ledger', 'verify', '--topic', 'ballots']);
  // Before the first of them is archived there is no such log, and asking for it is refused.
  const logsOf = ({ logs = [] }: Partial<Verified>) => logs.filter(({ topic, partition }) => topic === 'ballots' && partition === PARTITION);
  const archived = (epoch: number, entries: number) =>
    eventually(`${entries} records in epoch ${epoch}`, async () => {
      const found = logsOf(await verify()).find((log) => log.epoch === epoch);
      return found && found.entries >= entries && found.unanchored === 0 ? found : undefined;
    });

  it('stands still until an operator ends it; then the next one goes on, and every verification says what is archived nowhere', async () => {
    await append('archived');
    const { end } = await stack.kafka().offsets(target());
    const before = await archived(0, end);
    const healthy = await stack.json(['ledger', 'epoch', `ballots/${PARTITION}`, '--reason', REASON, '--yes']);
    expect(healthy).toMatchObject({ exitCode: 2, error: { code: 'USAGE' } });

    const pid = ledger();
    process.kill(pid, 'SIGSTOP');
    try {
      await sleep(EVERY_FETCH_IS_OVER_MS);
      await append('lost', 'lost too');
      await admin.deleteBefore(target(), end + 2);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await append('kept');
    const alarms = await stack.view('ledger', { from: 'start' });
    await alarms.until('countersign.ledger.alarm', ({ data }) => data['code'] === 'LOG_TRUNCATED' && data['topic'] === 'ballots' && data['partition'] === PARTITION);
    expect(logsOf(await verify())).toMatchObject([{ epoch: 0, entries: before.entries }]);

    expect(await stack.cli(['ledger', 'epoch', `ballots/${PARTITION}`, '--reason', REASON, '--yes'], { env: { COUNTERSIGN_PERSON: 'spiffe://countersign.local/human/nobody' } })).toMatchObject({ code: 1 });
    const begun = await stack.json(['ledger', 'epoch', `ballots/${PARTITION}`, '--reason', REASON, '--yes']);
    expect(begun).toMatchObject({ exitCode: 0, ended: { epoch: 0, size: before.entries, next: end, begins: end + 2 }, missing: 2, next: `ballots/${PARTITION}/e1` });
    await archived(1, 1);
    await append('after');
    await archived(1, 2);
    const verified = await verify();
    expect(verified).toMatchObject({ exitCode: 0, intact: true });
    expect(logsOf(verified)).toMatchObject([{ epoch: 0, entries: before.entries }, { epoch: 1, entries: 2, begun: { at: end + 2, missing: 2, reason: REASON } }]);
    expect((await stack.cli(['ledger', 'verify', '--topic', 'ballots'])).stdout.replaceAll(/\s+/g, ' ')).toContain(`offsets ${end} to ${end + 1} are archived nowhere: ${REASON}`);
  });
});
