import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { humanPrincipal } from '@countersign/identity';
import { isSealed, runIdOf, sealOf, type JsonObject } from '@countersign/kernel';
import { eventually } from '../support/eventually.ts';
import { filesBelow, found, logFiles, records, rows, type Trace } from '../support/every-trace.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';

/** Three questions to people, and a look at everything that is written down. */
const LONG_TEST_MS = 240_000;
const CANARY = 'ada.canary-5e1f@example.com';
const SOURCE = '/tests/privacy';
const CUSTOMER = 'cus_canary';
const WHY_OPENED = 'the customer asks where the receipt went';
const WHY_SHREDDED = 'the customer asked to be forgotten';

interface Submitted {
  readonly tasks: readonly { readonly state: string; readonly run: string; readonly outcome?: string; readonly approval?: string }[];
}
interface Keys {
  readonly keys: readonly { readonly key: string; readonly of: 'subject' | 'run'; readonly shreddedAt?: string }[];
}
interface Shown {
  readonly values: readonly { readonly at: string; readonly value?: string; readonly code?: string }[];
}

describe.skipIf(stackMissing !== undefined)(`what is personal${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, configDir, peopleDir } = useStack();
  let folder: string;
  let approvals: TopicView;
  let executions: TopicView;
  let charge: string;
  const run = runIdOf('acme', 'refund-desk', SOURCE, 'privacy-receipt');
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-privacy-'));
    approvals = await stack.view('approvals');
    executions = await stack.view('executions');
    charge = await stack.payments.charge(700);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const as = (name: string) => ({ env: { COUNTERSIGN_PERSON: humanPrincipal(name), COUNTERSIGN_PERSON_KEY_FILE: join(peopleDir, `${name}.pem`) } });
  const submit = (id: string, data: JsonObject) => {
    const file = join(folder, `${id}.json`);
    writeFileSync(file, JSON.stringify({ specversion: '1.0', id, source: SOURCE, type: 'refund.requested', workflow: 'refund-desk', data: { ticket: 'T-1', customer_id: CUSTOMER, charge_id: charge, reason: 'the customer asks for it', ...data } }));
    return stack.json<Submitted>(['task', 'submit', file, '--tenant', 'acme', '--wait']);
  };
  /** As soon as the ledger knows the approval. */
  const agree = async (approval: string, { name, typed }: { readonly name?: string; readonly typed?: string } = {}) => {
    const who = name === undefined ? {} : as(name);
    await eventually(`approval ${approval} in the ledger`, async () => ((await stack.cli(['approvals', 'show', approval], who)).code === 0 ? true : undefined));
    return stack.json(['approvals', 'approve', approval, '--yes', '--reason', 'it is as it should be', ...(typed === undefined ? [] : ['--typed', typed])], who);
  };
  /** What a person asks of sealed values, and the approval that it waits for. */
  const requestedBy = async (before: ReadonlySet<string>, tool: string): Promise<{ readonly approval: string; readonly run: string }> => {
    const { data, run: of = '' } = await approvals.until('countersign.approval.requested', (event: SeenEvent) => !before.has(String(event.data['approval'])) && (event.data['action'] as { readonly tool?: string } | undefined)?.tool === tool);
    return { approval: String(data['approval']), run: of };
  };
  const requestedBecause = async (reason: string): Promise<{ readonly approval: string; readonly run: string }> => {
    const { data, run: of = '' } = await approvals.until('countersign.approval.requested', (event) => (event.data['action'] as { readonly args?: { readonly reason?: string } } | undefined)?.args?.reason === reason);
    return { approval: String(data['approval']), run: of };
  };
  /** Ada asks, Grace and the local approver agree. */
  const opened = async (before: ReadonlySet<string> = new Set()): Promise<Shown & { readonly exitCode: number | null; readonly run: string; readonly approval: string }> => {
    const asking = stack.json<Shown>(['ledger', 'open', run, '--reason', WHY_OPENED, '--for', '1m', '--yes'], as('ada'));
    const { approval, run: of } = await requestedBy(before, 'privacy.open');
    expect(await agree(approval, { name: 'grace', typed: WHY_OPENED })).toMatchObject({ exitCode: 0 });
    expect(await agree(approval, { typed: WHY_OPENED })).toMatchObject({ exitCode: 0, decided: 'granted' });
    return { ...(await asking), run: of, approval };
  };
  const keysOf = (...scope: readonly string[]) => stack.json<Keys>(['ledger', 'keys', '--tenant', 'acme', ...scope]);
  /** Every record, row, log line and file of the stack, but those of the payments service, which has to know where it sends. */
  const traces = async (): Promise<readonly Trace[]> => [...(await records(stack)), ...(await rows(stack, ['countersign'])), ...logFiles(stack), ...['archive', 'blobs', 'data-keys'].map((name) => join(stack.dataDir, name)).filter((place) => existsSync(place)).flatMap((place) => filesBelow(place))];
  const seen = async (): Promise<readonly string[]> => found(await traces(), { canary: CANARY, ...Object.fromEntries([0, 1, 2].map((before) => [`canary in base64, ${before}`, Buffer.from(CANARY).subarray(3 - before).toString('base64').slice(0, -4)])) });
  let firstOpening = '';

  it('is sealed before it gets to Kafka, opened for the call alone, and nowhere else in clear', { timeout: LONG_TEST_MS }, async () => {
    const { exitCode, tasks } = await submit('privacy-receipt', { receipt_to: CANARY });
    expect({ exitCode, state: tasks[0]?.state }).toEqual({ exitCode: 4, state: 'pending' });
    const { stdout } = await stack.cli(['approvals', 'show', String(tasks[0]?.approval)]);
    expect(stdout).toContain('[sealed: personal, key ');
    expect(stdout).not.toContain('eyJ');
    expect(await agree(String(tasks[0]?.approval))).toMatchObject({ exitCode: 0 });
    await executions.until('countersign.action.verified', (event) => event.run === run && event.step === 'receipt');
    expect(await stack.rows('refund_desk')('select sent_to from payments.receipts where charge_id = $1', [charge])).toEqual([{ sent_to: CANARY }]);
    await eventually('the run in the archive', async () => ((await stack.json<{ readonly exitCode: number }>(['replay', 'verify', run])).exitCode === 0 ? true : undefined));
    expect(await seen()).toEqual([]);
    // Whoever looks finds what is not sealed.
    expect(found(await traces(), { reason: 'the customer asks for it' }).length).toBeGreaterThan(3);
    const { data } = await (await stack.view('tasks', { from: 'start' })).until('countersign.task.submitted', (event) => event.run === run);
    const sealed = (data['input'] as JsonObject)['receipt_to'];
    expect([isSealed(sealed), sealOf(sealed)]).toEqual([true, expect.objectContaining({ tenant: 'acme', run, class: 'personal' })]);
  });

  it('is refused at the door where it is not sealed', async () => {
    const inbox = { specversion: '1.0', id: 'privacy-clear', source: SOURCE, type: 'refund.requested', workflow: 'refund-desk', data: { ticket: 'T-1', charge_id: charge, reason: 'r', receipt_to: 'nobody@example.com' } };
    const outcomes = await stack.view('outcomes', { tenant: 'acme' });
    await stack.kafka('upstream-acme').append({ topic: stack.topic('inbox', 'acme'), partition: 0 }, [{ key: null, value: Buffer.from(JSON.stringify(inbox)), headers: {} }]);
    const { data } = await outcomes.until('countersign.task.refused', (event) => event.data['task'] === 'privacy-clear');
    expect(data).toMatchObject({ code: 'input.invalid', faults: [{ pointer: '/data/receipt_to', message: 'is personal or secret, and has to be sealed before it is sent' }] });
  });

  it('is shown to who asks once two others agree, after it is in the log that it will be', { timeout: LONG_TEST_MS }, async () => {
    const shown = await opened();
    firstOpening = shown.approval;
    expect(shown).toMatchObject({ exitCode: 0, values: [{ at: expect.stringContaining('receipt_to'), value: CANARY }] });
    const { data } = await executions.until('countersign.ledger.accessed', (event) => event.run === shown.run);
    expect(data).toMatchObject({ by: humanPrincipal('ada'), runs: [run], reason: WHY_OPENED });
    const order = (await executions.all()).flatMap(({ event }) => (event?.run === shown.run ? [event.type] : []));
    expect(order.indexOf('countersign.ledger.accessed')).toBeLessThan(order.indexOf('countersign.action.succeeded'));
    expect(await seen()).toEqual([]);
  });

  it('is found by the name of whom it is about, and left out of a pack for whoever may not have it, which shows all the same that it is there', { timeout: LONG_TEST_MS }, async () => {
    const pack = join(folder, 'pack');
    const exported = await stack.json<{ readonly records: number; readonly scope: { readonly runs: readonly string[] } }>(['ledger', 'export', '--out', pack, '--subject', CUSTOMER, '--redact', 'personal']);
    expect(exported).toMatchObject({ exitCode: 0, redacted: ['personal'] });
    expect(exported.scope.runs).toContain(run);
    const lines = readFileSync(join(pack, 'records.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { readonly entry?: string; readonly redacted?: readonly string[] });
    const leftOut = lines.filter(({ redacted }) => redacted !== undefined);
    expect(leftOut.length).toBeGreaterThan(5);
    expect(leftOut.every((line) => line.entry === undefined && line.redacted?.[0] === 'personal')).toBe(true);
    const kept = lines.flatMap(({ entry }) => (entry === undefined ? [] : [(JSON.parse(entry) as { readonly e?: { readonly run?: string; readonly type: string } }).e]));
    expect(kept.flatMap((event) => (event?.run === run ? [event.type] : []))).toContain('countersign.run.closed');
    expect(readFileSync(join(pack, 'records.jsonl'), 'utf8')).not.toContain('receipt_to":"sealed');
    expect(await stack.json(['ledger', 'verify', pack])).toMatchObject({ exitCode: 0, intact: true, records: exported.records, leftOut: leftOut.length });
    const [first] = lines.filter(({ redacted }) => redacted !== undefined);
    writeFileSync(join(pack, 'records.jsonl'), readFileSync(join(pack, 'records.jsonl'), 'utf8').replace(JSON.stringify(first), JSON.stringify({ ...first, leaf: Buffer.alloc(32).toString('base64') })));
    expect(await stack.json(['ledger', 'verify', pack])).toMatchObject({ exitCode: 8 });
  });

  it('is gone everywhere once its keys are destroyed, and every proof still holds', { timeout: LONG_TEST_MS }, async () => {
    const before = await keysOf('--subject', CUSTOMER);
    expect(before.keys).toMatchObject([{ of: 'subject' }]);
    const asking = stack.json<Submitted>(['ledger', 'shred', '--tenant', 'acme', '--subject', CUSTOMER, '--reason', WHY_SHREDDED, '--yes'], as('ada'));
    const { approval, run: of } = await requestedBy(new Set(), 'privacy.shred');
    expect(await asking).toMatchObject({ exitCode: 4 });
    expect(await agree(approval, { typed: WHY_SHREDDED })).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect((await executions.until('countersign.key.shredded', (event) => event.run === of)).data).toMatchObject({ keys: [before.keys[0]?.key, expect.any(String)], reason: WHY_SHREDDED });
    // And the one that the run would have got with the next answer of a tool.
    expect((await keysOf('--subject', CUSTOMER)).keys).toMatchObject([{ of: 'subject', shreddedAt: expect.any(String) }, { of: 'run', shreddedAt: expect.any(String) }]);

    const shown = await opened(new Set([firstOpening]));
    expect({ ...shown, error: 'error' in shown ? shown.error : undefined }).toMatchObject({ exitCode: 0, error: undefined, values: [{ code: 'key.shredded' }] });
    expect(await seen()).toEqual([]);
    expect(await stack.json(['ledger', 'verify'])).toMatchObject({ exitCode: 0, intact: true });
    const replayed = await eventually('the destroyed key on the tape', async () => {
      const told = await stack.json<{ readonly equal: boolean; readonly missing: readonly object[] }>(['replay', 'exact', run]);
      return told.missing?.length > 0 ? told : undefined;
    });
    expect(replayed).toMatchObject({ exitCode: 0, equal: true, missing: [{ run, key: before.keys[0]?.key, values: 1 }] });
  });

  it('cannot be destroyed by who asks for it alone', { timeout: LONG_TEST_MS }, async () => {
    await submit('privacy-other', { customer_id: 'cus_other', receipt_to: 'other@example.com' });
    const asking = stack.json<Submitted>(['ledger', 'shred', '--tenant', 'acme', '--subject', 'cus_other', '--reason', 'alone', '--yes'], as('grace'));
    expect(await asking).toMatchObject({ exitCode: 4 });
    const { approval } = await requestedBecause('alone');
    expect(await agree(approval, { name: 'grace', typed: 'alone' })).toMatchObject({ exitCode: 1, error: { code: 'VOTE_INVALID' } });
    expect((await keysOf('--subject', 'cus_other')).keys.every(({ shreddedAt }) => shreddedAt === undefined)).toBe(true);
  });

  it('stays while a legal hold is on it, and goes by its age when there is none', { timeout: LONG_TEST_MS }, async () => {
    await submit('privacy-old', { customer_id: 'cus_old', receipt_to: 'old@example.com' });
    const [old] = (await keysOf('--subject', 'cus_old')).keys;
    const kid = String(old?.key);
    // As it would be in a hundred days.
    const file = join(fileURLToPath(stack.client.dataKeys), 'data/acme', `${kid}.json`);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { readonly createdAt: string };
    writeFileSync(file, JSON.stringify({ ...kept, createdAt: new Date(Date.parse(kept.createdAt) - 100 * 86_400_000).toISOString() }));
    const isShredded = async (): Promise<boolean> => (await keysOf('--subject', 'cus_old')).keys.every(({ shreddedAt }) => shreddedAt !== undefined);
    const applied = async () => {
      const told = await stack.json<Submitted['tasks'][number]>(['ledger', 'retain', '--tenant', 'acme']);
      expect(told).toMatchObject({ exitCode: 0, outcome: 'succeeded' });
      return (await executions.until('countersign.retention.applied', (event) => event.run === told.run)).data;
    };
    const tenant = readFileSync(join(configDir, 'tenants/acme.yaml'), 'utf8');
    const configured = async (text: string): Promise<void> => {
      const place = join(folder, 'config');
      cpSync(configDir, place, { recursive: true });
      writeFileSync(join(place, 'tenants/acme.yaml'), text);
      expect(await stack.json(['config', 'apply', place, '--yes'])).toMatchObject({ exitCode: 0, applied: true });
    };
    try {
      await configured(`${tenant.replace('version: 2', 'version: 3')}legal_hold:\n  matter-1: ["${kid}"]\n`);
      expect(await applied()).toMatchObject({ keys: [], held: 1 });
      expect(await stack.json(['ledger', 'shred', '--tenant', 'acme', '--subject', 'cus_old', '--reason', 'in spite of the hold', '--yes'], as('ada'))).toMatchObject({ exitCode: 4 });
      const { approval, run: of } = await requestedBecause('in spite of the hold');
      expect(await agree(approval, { typed: 'in spite of the hold' })).toMatchObject({ exitCode: 0, decided: 'granted' });
      expect((await executions.until('countersign.action.failed', (event) => event.run === of)).data).toMatchObject({ code: 'key.held' });
      expect(await isShredded()).toBe(false);
    } finally {
      expect(await stack.json(['config', 'apply', configDir, '--yes'])).toMatchObject({ exitCode: 0, applied: true });
    }
    expect(await applied()).toMatchObject({ keys: [kid], held: 0 });
    expect(await isShredded()).toBe(true);
    expect((await keysOf('--subject', 'cus_other')).keys.some(({ shreddedAt }) => shreddedAt === undefined)).toBe(true);
  });
});
