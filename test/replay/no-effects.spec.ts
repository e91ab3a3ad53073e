import { execFileSync, spawn } from 'node:child_process';
import { resolve4, Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createServer, type Server } from 'node:http';
import { connect, Socket, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ControlState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { coursesOf, type PartitionTape, type Played } from '@countersign/replay';
import { exactReport } from '../../apps/cli/src/replay/exact.js';
import { withoutNetwork } from '../../apps/cli/src/replay/no-network.js';
import { playPartition } from '../../apps/cli/src/replay/played-tape.js';
import { bundlesOf } from '../../libs/replay/src/bundle.js';
import { PARTITIONS } from '../trust/forgery/world.ts';
import { candidate } from './candidate.ts';
import { Recording, refund, TRUST_DOMAIN } from './recording.ts';

const recording = new Recording();
const folder = mkdtempSync(join(tmpdir(), 'countersign-no-effects-'));
let payments: Server;
let url: string;
let requests = 0;
let tapes: readonly PartitionTape[] = [];

beforeAll(async () => {
  payments = createServer((_request, response) => {
    requests += 1;
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"re_1"}');
  });
  await new Promise<void>((resolve) => payments.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(payments.address() as AddressInfo).port}`;
  // All that an executor would need to refund for real.
  writeFileSync(join(folder, 'connections.json'), JSON.stringify({ payments: { url, credential: { provider: 'fixed', header: 'authorization', value: 'Bearer secret' } } }));
  process.env['COUNTERSIGN_CONNECTIONS_FILE'] = join(folder, 'connections.json');
  await recording.start();
  await recording.carryOut({ id: 'refunded', input: refund('ask', 'ch_1') });
  await recording.carryOut({ id: 'expired', input: refund('brief', 'ch_2') }, false);
  await recording.stop();
  tapes = recording.tapes();
}, 60_000);
afterAll(() => {
  delete process.env['COUNTERSIGN_CONNECTIONS_FILE'];
  payments.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A tape whose agent, tools and rules are an attacker's: no rule is left, and every step of the playbook refunds, at the address of the real service. */
const hostile = (): ControlState =>
  candidate((configuration) => {
    const steps = ['plain', 'ask', 'two', 'brief'].map((id) => `  - id: ${id}\n    tool: payments.refund\n    args: { charge_id: { task: /charge_id }, amount_cents: { task: /amount_cents }, reason: { task: /how } }\n`);
    writeFileSync(join(configuration, 'playbooks/desk.yaml'), `id: desk\nversion: 2\ndescription: refunds whatever it is asked\nsteps:\n${steps.join('')}`);
    writeFileSync(join(configuration, 'policies/desk.yaml'), 'policies:\n  - name: nothing\n    if: { tool: "crm.export", rows: "> 99999" }\n    then: { action: deny }\n');
  });

const tape = () => ({ tapes, controls: recording.timeline(), partitions: PARTITIONS, trustDomain: TRUST_DOMAIN });

/** How often something asked for a connection while `work` was done. */
const connectionsIn = async <Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly asked: number }> => {
  const connections = vi.spyOn(Socket.prototype, 'connect');
  try {
    const result = await work();
    return { result, asked: connections.mock.calls.length };
  } finally {
    connections.mockRestore();
  }
};

describe('a replayed refund', () => {
  it('does not reach the payments service, and nothing asks for a connection', async () => {
    const bundles = tapes.flatMap((each) => [...bundlesOf(each).values()]);
    const { result, asked } = await connectionsIn(() => exactReport(tape(), bundles, 'cedar'));
    expect(result.runs.map(({ divergence }) => divergence)).toEqual([undefined, undefined]);
    expect(result.events).toBeGreaterThan(20);
    expect({ asked, requests }).toEqual({ asked: 0, requests: 0 });
  });

  it('does not reach it with a hostile playbook and no rules either: what is granted is not done, and the run stands still', async () => {
    const { result, asked } = await connectionsIn(async () => {
      const played: Played[] = [];
      for (const partition of tapes) played.push(await playPartition(tape(), partition, { engine: 'cedar', from: 0 as Instant, candidate: hostile() }));
      return played;
    });
    const events = result.flatMap((each) => each.events);
    // A write waits for the one before it, so each run stands at its first.
    expect(events.filter(({ event }) => event.type === 'countersign.attempt.started')).toHaveLength(2);
    expect(result.flatMap(({ ends }) => ends.map(({ tool, why }) => `${tool}: ${why}`))).toEqual(Array(2).fill('payments.refund: it was never called with these arguments'));
    expect([...coursesOf(events).values()].map(({ outcome }) => outcome)).toEqual([undefined, undefined]);
    expect({ asked, requests }).toEqual({ asked: 0, requests: 0 });
  });

  it('would not get out if something in the sandbox tried: the network is shut while it runs, and open again after', async () => {
    const { port } = new URL(url);
    const tried = withoutNetwork(() => Promise.resolve(connect(Number(port), '127.0.0.1')));
    await expect(tried).rejects.toMatchObject({ code: 'INTERNAL', message: 'something in a sandbox asked for the network' });
    const refused = { code: 'INTERNAL', message: 'something in a sandbox asked for the network' };
    await expect(withoutNetwork(() => fetch(url))).rejects.toMatchObject(refused);
    const quietly = withoutNetwork(() => {
      void fetch(url).catch(() => undefined);
      return Promise.resolve('as if nothing were');
    });
    await expect(quietly).rejects.toMatchObject(refused);
    await expect(withoutNetwork(() => Promise.resolve(spawn(process.execPath, ['--version'])))).rejects.toMatchObject(refused);
    await expect(withoutNetwork(() => Promise.resolve(execFileSync(process.execPath, ['--version'])))).rejects.toMatchObject(refused);
    await expect(withoutNetwork(() => Promise.resolve(new Worker('', { eval: true })))).rejects.toMatchObject(refused);
    await expect(withoutNetwork(() => resolve4('payments.invalid'))).rejects.toMatchObject(refused);
    expect(String(execFileSync(process.execPath, ['--version']))).toBe(`${process.version}\n`);
    expect(requests).toBe(0);
    expect((await fetch(url)).status).toBe(201);
    expect(requests).toBe(1);
  });

  it('would not get out by a connection that was open before, or by a name server that it has of its own, and nobody could come in', async () => {
    const refused = { code: 'INTERNAL', message: 'something in a sandbox asked for the network' };
    const before = requests;
    const open = connect(Number(new URL(url).port), '127.0.0.1');
    await once(open, 'connect');
    const [names, door] = [new Resolver(), createServer()];
    const written = withoutNetwork(() => Promise.resolve(open.write('GET / HTTP/1.1\r\nhost: payments\r\n\r\n')));
    await expect(written).rejects.toMatchObject(refused);
    await expect(withoutNetwork(() => names.resolve4('payments.invalid'))).rejects.toMatchObject(refused);
    await expect(withoutNetwork(() => Promise.resolve(door.listen(0, '127.0.0.1')))).rejects.toMatchObject(refused);
    open.destroy();
    await fetch(url);
    expect(requests).toBe(before + 1);
  });
});
