import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identify, type ProcessIdentity } from '@countersign/stack';
import type { GroupWatch } from './group-watch.ts';
import { Injector } from './injector.ts';
import type { ChaosStack } from './stack.ts';
import { Timeline } from './timeline.ts';

const PATIENCE_MS = 200;
const NO_GROUPS = {} as GroupWatch;
const noTimeline = (): Timeline => new Timeline(() => ({ sent: 0, finished: 0 }), () => undefined);

/** As much of a stack as an injection of a kill needs: one part. */
const stackWith = (url: string, part: () => ProcessIdentity | undefined, isReady = (): boolean => true): ChaosStack =>
  ({ payments: { url, token: 't' }, process: part, isReady }) as unknown as ChaosStack;

describe('what is done to a stack', () => {
  let payments: Server;
  let url = '';
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    payments = createServer((request, response) => request.resume().on('end', () => response.end('{}'))).listen(0, '127.0.0.1');
    await once(payments, 'listening');
    url = `http://127.0.0.1:${(payments.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => payments.close());

  const start = async (): Promise<ProcessIdentity> => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    const identity = identify(child.pid ?? 0);
    if (!identity) throw new Error('the process is gone');
    return identity;
  };

  it('is a violation where a part cannot be killed because it never came', async () => {
    const injector = new Injector(stackWith(url, () => undefined), NO_GROUPS, noTimeline(), PATIENCE_MS);
    injector.start({ kind: 'kill', part: 'ledger' });
    await injector.finish();
    expect(injector.violations).toEqual([{ rule: 'injection.failed', message: 'kill went wrong: Error: ledger was not started again in 0.2 s' }]);
  });

  it('is a violation where what was killed does not come back', async () => {
    const first = await start();
    const injector = new Injector(stackWith(url, () => first), NO_GROUPS, noTimeline(), PATIENCE_MS);
    injector.start({ kind: 'kill', part: 'ledger' });
    await injector.finish();
    expect(injector.done.killsByPart).toEqual({ ledger: 1 });
    expect(injector.violations).toEqual([{ rule: 'part.not-back', message: 'ledger did not work again 0.2 s after the storm' }]);
  });

  it('is a violation where what was killed runs again and never works', async () => {
    const [first, second] = [await start(), await start()];
    let killed = false;
    const injector = new Injector(stackWith(url, () => (killed ? second : ((killed = true), first)), () => false), NO_GROUPS, noTimeline(), PATIENCE_MS);
    injector.start({ kind: 'kill', part: 'ledger' });
    await injector.finish();
    expect(injector.violations.map(({ rule }) => rule)).toEqual(['part.not-back']);
  });

  it('is none where another process has taken its place', async () => {
    const [first, second] = [await start(), await start()];
    let killed = false;
    const injector = new Injector(stackWith(url, () => (killed ? second : ((killed = true), first))), NO_GROUPS, noTimeline(), PATIENCE_MS);
    injector.start({ kind: 'kill', part: 'ledger' });
    await injector.finish();
    expect(injector.violations).toEqual([]);
  });
});
