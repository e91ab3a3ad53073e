import { describe, expect, it } from 'vitest';
import { HEADERS } from '@countersign/contracts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe.skipIf(stackMissing !== undefined)(`a trace${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  it('that begins with the upstream goes through every service and comes back to it', async () => {
    const acme = await Upstream.open(stack);
    const views = await Promise.all((['tasks', 'proposals', 'decisions', 'executions'] as const).map(async (topic) => [topic, await stack.view(topic)] as const));
    const task = deskTask({ id: 'trace-through', charge: await stack.payments.charge(100) });
    await acme.carryOut(task, { headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } });
    const run = acme.runOf(task);
    for (const [topic, view] of [...views, ['outcomes', acme.outcomes] as const]) {
      const records = (await view.all()).filter(({ event }) => event?.run === run);
      const traces = records.map(({ record }) => String(record.headers[HEADERS.traceparent]).split('-')[1]);
      expect({ topic, traces: [...new Set(traces)] }).toEqual({ topic, traces: [TRACE] });
    }
  });

  it('that is none is not handed on', async () => {
    const acme = await Upstream.open(stack);
    const task = deskTask({ id: 'trace-none', charge: await stack.payments.charge(100) });
    await acme.carryOut(task, { headers: { traceparent: 'please-trace-me' } });
    const answers = (await acme.outcomes.all()).filter(({ event }) => event?.run === acme.runOf(task));
    expect(answers.map(({ record }) => record.headers[HEADERS.traceparent])).toEqual([undefined, undefined]);
  });
});
