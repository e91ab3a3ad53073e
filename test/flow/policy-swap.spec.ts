import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ownStack } from '../support/own-stack.ts';
import { Stack } from '../support/stack.ts';
import { stackMissing, TEST_TIMEOUT_MS, whySkipped } from '../support/use-stack.ts';
import { Upstream } from '../support/upstream.ts';
import { inWorkspace } from '../support/workspace.ts';

/** Refunds of 50 dollars: more than the one limit, less than the other. */
const CENTS = 5_000;
const LIMITS = [40, 100] as const;
/** Ten a second, for as long as the sets are exchanged; on a machine that does much else that takes a while. */
const PAUSE_MS = 100;
const MOST_TASKS = 600;

describe.skipIf(stackMissing !== undefined)(`the policy set, exchanged under load${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const own = ownStack();
  const stack = new Stack(own.dataDir);
  const folder = join(own.dataDir, '..', 'config');
  const limit = (usd: number | string): void => {
    const path = join(folder, 'policies/refund-desk.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/amount_usd: ".*?"/, `amount_usd: "> ${usd}"`));
  };
  const apply = (): ReturnType<Stack['cli']> => stack.cli(['config', 'apply', folder, '--yes']);

  beforeAll(async () => {
    cpSync(inWorkspace('config'), folder, { recursive: true });
    for (const started of [await stack.cli(['dev', 'up', '--examples']), await apply()]) if (started.code !== 0) throw new Error(started.stderr);
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    await stack.close();
    await own.remove();
  });

  it('drops no decision: each is made once, by one of the sets, as that set says', async () => {
    const acme = await Upstream.open(stack);
    const decisions = await stack.view('decisions', { from: 'start' });
    const charge = await stack.payments.charge(CENTS * MOST_TASKS);
    const send = (index: number): Promise<unknown> =>
      acme.send({ specversion: '1.0', id: `swap-${index}`, source: '/tests/swap', type: 'refund.requested', data: { ticket: `T-${index}`, charge_id: charge, amount_cents: CENTS, reason: `a test asks for it, ${index}` } });
    const swapped = new AbortController();
    const swaps = (async () => {
      for (const usd of [...LIMITS, ...LIMITS]) {
        limit(usd);
        expect(await apply()).toMatchObject({ code: 0 });
      }
    })().finally(() => swapped.abort());
    let sent = 0;
    for (; !swapped.signal.aborted && sent < MOST_TASKS; sent += 1) {
      await send(sent);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    await swaps;
    const ofRefund = async (): Promise<readonly { readonly type: string; readonly policySet: unknown }[]> =>
      (await decisions.all()).flatMap(({ event }) => {
        if (event?.type !== 'countersign.action.allowed' && event?.type !== 'countersign.approval.required') return [];
        return JSON.stringify(event.data['action']).includes('payments.refund') ? [{ type: event.type, policySet: event.data['policySet'] }] : [];
      });
    await eventually('every refund is decided', async () => ((await ofRefund()).length >= sent ? true : undefined));
    const decided = await ofRefund();
    expect(decided).toHaveLength(sent);
    const verdicts = Map.groupBy(decided, ({ policySet }) => policySet);
    expect(verdicts.size).toBeGreaterThan(1);
    for (const [, made] of verdicts) expect(new Set(made.map(({ type }) => type)).size).toBe(1);
  });

  it('is not exchanged for one that does not compile', async () => {
    const before = await stack.json<{ readonly hash: string }>(['config', 'show']);
    limit('"a lot"');
    expect(await apply()).toMatchObject({ code: 1 });
    expect(await stack.json(['config', 'show'])).toEqual(before);
  });
});
