import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStackState } from '@countersign/stack';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { eventually } from '../support/eventually.ts';
import { WEBHOOK_SECRET } from '../support/webhook-secret.ts';
import type { TopicView } from '../support/topics.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

interface Told {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly approval?: string; readonly run?: string };
}

/** A real HTTP server that verifies what it is sent with the verifier of Standard Webhooks. */
class Receiver {
  readonly told: Told[] = [];
  readonly forged: string[] = [];
  requests = 0;
  /** What it answers; nothing at all where it hangs. */
  answer: number | 'hang' = 204;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receiver> {
    let receiver: Receiver | undefined;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => receiver?.take(request.headers, Buffer.concat(chunks).toString(), response));
    });
    receiver = new Receiver(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks`;
  }

  /** Ids of the events about one question of a type, each as often as it came. */
  of(run: string, type: string): readonly string[] {
    return this.told.filter((each) => each.data.run === run && each.type === type).map(({ id }) => id);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((done) => void this.server.close(() => done()));
  }

  private take(headers: IncomingHttpHeaders, body: string, response: ServerResponse): void {
    this.requests += 1;
    if (this.answer === 'hang') return;
    try {
      const { type, data } = new Webhook(WEBHOOK_SECRET).verify(body, headers as Record<string, string>) as Omit<Told, 'id'>;
      if (this.answer < 300) this.told.push({ id: String(headers['webhook-id']), type, data });
    } catch (fault) {
      this.forged.push(String(fault));
    }
    response.writeHead(this.answer).end();
  }
}

/** A service that was killed is started anew, and is missed in its groups only after a while. */
const RESTARTS_MS = 180_000;
const REQUESTED = 'countersign.approval.requested';

describe.skipIf(stackMissing !== undefined)(`web hooks${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, configDir } = useStack();
  const folder = join(configDir, 'webhooks');
  let globex: Upstream;
  let approvals: TopicView;
  let good: Receiver;
  let hanging: Receiver;

  const hook = (id: string, { url }: Receiver): string => ['id: ' + id, 'version: 1', `url: ${url}`, 'events: [approval.requested, approval.rejected]', 'tenants: [globex]', 'secret: tests', ''].join('\n');
  const apply = async (): Promise<void> => expect(await stack.json(['config', 'apply', configDir, '--yes'])).toMatchObject({ exitCode: 0 });

  beforeAll(async () => {
    [good, hanging] = [await Receiver.open(), await Receiver.open()];
    hanging.answer = 'hang';
    globex = await Upstream.open(stack, 'globex');
    approvals = await stack.view('approvals');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'good.yaml'), hook('good', good));
    writeFileSync(join(folder, 'hanging.yaml'), hook('hanging', hanging));
    await apply();
  }, TEST_TIMEOUT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await apply();
    await Promise.all([good.close(), hanging.close()]);
  }, TEST_TIMEOUT_MS);

  /** Asks for an approval, and gives the id of the question, of its event and of the run. */
  const ask = async (id: string, upstream = globex): Promise<{ readonly run: string; readonly approval: string; readonly event: string }> => {
    const task = deskTask({ id: `webhooks-${id}`, how: 'ask', charge: await stack.payments.charge(700) });
    await upstream.send(task);
    const run = upstream.runOf(task);
    const { data, id: event } = await approvals.until(REQUESTED, (each) => each.run === run);
    return { run, approval: String(data['approval']), event };
  };
  const pidOf = (): number => readStackState(stack.dataDir)?.parts['webhooks']?.pid ?? 0;
  const letters = async (): Promise<readonly { readonly id: string; readonly code: string; readonly message: string; readonly redriven: boolean }[]> =>
    (await stack.json<{ readonly letters: readonly { readonly id: string; readonly code: string; readonly message: string; readonly redriven: boolean }[] }>(['dlq', 'list', '--service', 'webhooks'])).letters;

  it('tell an endpoint, signed, under the id of the event, while another one hangs', async () => {
    const first = await ask('first');
    expect(await eventually('the first question', () => good.of(first.run, REQUESTED)[0])).toBe(first.event);
    await eventually('a request at the endpoint that hangs', () => (hanging.requests > 0 ? true : undefined));
    const second = await ask('second');
    expect(await eventually('the second question', () => good.of(second.run, REQUESTED)[0])).toBe(second.event);
    expect(await stack.json(['approvals', 'deny', second.approval, '--reason', 'not this one', '--yes'])).toMatchObject({ exitCode: 0 });
    await eventually('the answer', () => good.of(second.run, 'countersign.approval.rejected')[0]);
    expect(good.forged).toEqual([]);
    expect(hanging.told).toEqual([]);
  });

  it('tell nobody what is of another tenant', async () => {
    const acme = await Upstream.open(stack, 'acme');
    const other = await ask('acme', acme);
    const mine = await ask('after-acme');
    await eventually('the question after it', () => good.of(mine.run, REQUESTED)[0]);
    expect(good.of(other.run, REQUESTED)).toEqual([]);
  });

  it('lose nothing where the service is killed while an endpoint takes nothing', { timeout: RESTARTS_MS }, async () => {
    good.answer = 503;
    const before = good.requests;
    const asked = [await ask('killed-1'), await ask('killed-2')];
    await eventually('a try', () => (good.requests > before ? true : undefined));
    const pid = pidOf();
    process.kill(pid, 'SIGKILL');
    good.answer = 204;
    for (const { run, event } of asked) expect(await eventually('what was not taken', () => good.of(run, REQUESTED)[0])).toBe(event);
    expect(pidOf()).not.toBe(pid);
    expect(good.forged).toEqual([]);
  });

  it('are a dead letter where an endpoint refuses, and are told again when somebody says so, to nobody else', { timeout: RESTARTS_MS }, async () => {
    good.answer = 410;
    const { run } = await ask('refused');
    const letter = await eventually('the dead letter', async () => (await letters()).find(({ code, redriven }) => code === 'WEBHOOK_REFUSED' && !redriven));
    expect(letter).toMatchObject({ message: '`good`: http.410' });
    good.answer = 204;
    expect(await stack.json(['dlq', 'redrive', letter.id, '--yes'])).toMatchObject({ exitCode: 0 });
    await eventually('the redriven question', () => good.of(run, REQUESTED)[0]);
    expect(good.of(run, REQUESTED)).toHaveLength(1);
  });
});
