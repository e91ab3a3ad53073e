import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { humanPrincipal, loadKeyFile } from '@countersign/identity';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { logFiles } from '../support/every-trace.ts';
import { castBallot } from '../support/forge.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

const CANARY = 'canary-7f3a91c2';

describe.skipIf(stackMissing !== undefined)(`logs${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, peopleDir } = useStack();
  const naming = (text: string): readonly string[] => logFiles(stack).flatMap((log) => (log.text.includes(text) ? [log.where] : []));

  it('carry ids and codes, and nothing that a task, a vote, a tool or a stranger said', async () => {
    const acme = await Upstream.open(stack);
    const approvals = await stack.view('approvals');
    const secret = (more: string): string => `${CANARY}-${more}`;
    const charge = await stack.payments.charge(500);
    // The payments service answers with the reason that it was given.
    await acme.carryOut(deskTask({ id: 'canary-plain', charge, more: { reason: secret('reason'), note: secret('note') } }));
    await acme.carryOut(deskTask({ id: 'canary-failed', charge: `${CANARY}_charge`, more: { reason: secret('failed') } }));
    await acme.carryOut(deskTask({ id: 'canary-invalid', charge, cents: secret('cents'), more: { reason: secret('invalid') } }));
    const asked = deskTask({ id: 'canary-asked', how: 'ask', charge, more: { reason: secret('asked') } });
    await acme.send(asked);
    const { data, run = '', step = '' } = await approvals.until('countersign.approval.requested', (event) => event.run === acme.runOf(asked));
    const ballot = { tenant: 'acme', workflow: 'desk', run, step, approval: String(data['approval']), actionHash: String(data['actionHash']), voter: humanPrincipal('ada') };
    const letters = await stack.deadLetters('approvals');
    await castBallot(stack, { ...ballot, reason: secret('forged') }, loadKeyFile(join(peopleDir, 'grace.pem')));
    await castBallot(stack, { ...ballot, choice: 'deny', reason: secret('ballot') }, loadKeyFile(join(peopleDir, 'ada.pem')));
    expect((await acme.finished(asked)).data).toMatchObject({ outcome: 'disapproved' });
    await letters.untilRecord('the dead letter of the forged ballot', ({ record }) => String(record.value).includes(secret('forged')));
    const garbage = [secret('garbage'), JSON.stringify({ specversion: '1.0', id: 'canary', source: secret('source'), type: secret('type'), data: { [secret('key')]: 1 } })];
    for (const text of garbage) await acme.refusal(await acme.send(text));
    const planner = await stack.deadLetters('planner');
    await stack.kafka().append({ topic: stack.topic('tasks'), partition: 0 }, [{ key: null, value: Buffer.from(secret('tasks')), headers: {} }]);
    await planner.untilRecord('the dead letter of the planted record', ({ record }) => String(record.value).includes(secret('tasks')));

    expect(naming(CANARY)).toEqual([]);
    expect(naming('"service":"gateway"')).toEqual(['log/gateway.log']);
  });

  it('carry no password, token or key of the stack, nor do topics that the Slack service writes', async () => {
    const secrets = readdirSync(join(stack.dataDir, 'secrets')).map((file) => readFileSync(join(stack.dataDir, 'secrets', file), 'utf8').trim());
    const keys = readdirSync(join(stack.dataDir, 'keys')).filter((file) => file.endsWith('.pem')).map((file) => readFileSync(join(stack.dataDir, 'keys', file), 'utf8').split('\n')[1] ?? '');
    const all = [...secrets, ...keys, stack.password('admin'), new URL(stack.databaseUrl('countersign')).password];
    expect(all.filter((secret) => secret.length < 8)).toEqual([]);
    const slack = readdirSync(join(stack.dataDir, 'secrets')).filter((file) => file.startsWith('slack-')).map((file) => readFileSync(join(stack.dataDir, 'secrets', file), 'utf8').trim().replaceAll('_', '-'));
    expect(slack).toHaveLength(2);
    for (const topic of ['cards', 'ballots'] as const) for (const { record } of await (await stack.view(topic, { from: 'start' })).all()) expect(slack.filter((token) => String(record.value).includes(token))).toEqual([]);
    // Tokens of Slack have an alphabet of their own.
    expect(all.flatMap((secret) => [...naming(secret), ...naming(secret.replaceAll('_', '-'))])).toEqual([]);
  });
});
