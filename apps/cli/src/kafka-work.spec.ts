import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '@countersign/bus/client';
import { deadLetterTopic, HEADERS, newEvent, topicName, type Event } from '@countersign/contracts';
import { runIdOf, sha256, systemClock, timestamp, type MicroUsd, type RunId, type Tenant, type Workflow } from '@countersign/kernel';
import { kafkaMissing } from '@countersign/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approve } from './approvals/vote.js';
import { applyConfig } from './config/apply.js';
import { readRoot } from './connection/root.js';
import { readControlLog } from './controls/control-log.js';
import { listDeadLetters } from './dlq/list.js';
import { redriveDeadLetters } from './dlq/redrive.js';
import { showDeadLetter } from './dlq/show.js';
import { EXIT } from './exit-codes.js';
import { writeConfig, writeFile } from './spec-support/config-files.spec-support.js';
import { contextIn } from './spec-support/context.spec-support.js';
import { KAFKA_PATIENCE, startInstallation, type Installation } from './spec-support/installation.spec-support.js';
import { action, approval, GRACE } from './spec-support/ledger-fixtures.spec-support.js';
import { previewTask } from './task/preview.js';
import { submitTasks } from './task/submit.js';
import { tail } from './tail/tail.js';

let installation: Installation;
const write = (path: string, text: string): void => writeFile(installation.folder, path, text);
const open = (given: Parameters<typeof contextIn>[1] = {}) => contextIn(installation.folder, { json: true, now: () => systemClock.now(), ...given });
const controls = async () => readControlLog(installation.broker, installation.namespace, readRoot(open().context));

/** How many records each partition of a topic holds. */
const ends = (topic: string): Promise<readonly number[]> => Promise.all([0, 1].map(async (partition) => (await installation.broker.offsets({ topic, partition })).end));
const recordAt = async (topic: string, partition: number, offset: number): Promise<LogRecord | undefined> => {
  const found: LogRecord[] = [];
  await installation.broker.read({ topic, partition }, offset, offset + 1, (records) => void found.push(...records));
  return found.find((record) => record.offset === offset);
};
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

describe.skipIf(kafkaMissing !== undefined)('work on a real Kafka', { timeout: KAFKA_PATIENCE }, () => {
  beforeAll(async () => {
    installation = await startInstallation();
    writeConfig(installation.folder);
    await applyConfig(open().context, { args: ['config'], options: { yes: true } });
  }, KAFKA_PATIENCE);
  afterAll(() => installation?.close(), KAFKA_PATIENCE);

  describe('task', () => {
    const task = (id: string, amount = 1_850): string => JSON.stringify({ specversion: '1.0', id, source: '/helpdesk', type: 'refund.requested', workflow: 'refund-desk', data: { charge_id: 'ch_1', amount_cents: amount } });
    const runOf = (id: string): RunId => runIdOf('acme', 'refund-desk', '/helpdesk', id);
    const place = (id: string) => ({ tenant: 'acme' as Tenant, workflow: 'refund-desk' as Workflow, run: runOf(id), now: systemClock.now() });
    const accepted = (id: string): Event => newEvent({ service: 'gateway', type: 'countersign.task.accepted', data: { task: id, source: '/helpdesk' }, ...place(id) });
    const finished = (id: string): Event =>
      newEvent({ service: 'gateway', type: 'countersign.task.finished', data: { task: id, source: '/helpdesk', outcome: 'denied', reason: 'no_bulk_export: rows is above 1000', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd }, sideEffects: [] }, ...place(id) });

    it('is handed in as a CloudEvent with its content type', async () => {
      write('task.json', task('HD-1'));
      const { context, out } = open();
      await submitTasks(context, { args: ['task.json'], options: { tenant: 'acme', timeout: '5s' } });
      expect(JSON.parse(out())).toMatchObject({ tasks: [{ task: 'HD-1', tenant: 'acme', run: runOf('HD-1') }] });
      const found: Buffer[] = [];
      for (const partition of [0, 1]) {
        const target = { topic: topicName(installation.namespace, 'inbox', 'acme'), partition };
        await installation.broker.read(target, 0, (await installation.broker.offsets(target)).end, (records) => {
          for (const { value, headers } of records) found.push(value ?? Buffer.alloc(0), headers[HEADERS.contentType] ?? Buffer.alloc(0));
        });
      }
      expect(JSON.parse(String(found[0]))).toMatchObject({ id: 'HD-1', data: { amount_cents: 1_850 } });
      expect(String(found[1])).toMatch(/^application\/cloudevents\+json/);
    });

    it('that names no workflow is named as the door will name it: by the contract that takes its type', async () => {
      write('task.json', JSON.stringify({ ...JSON.parse(task('HD-1')), workflow: undefined }));
      const { context, out } = open();
      await submitTasks(context, { args: ['task.json'], options: { tenant: 'acme', timeout: '5s' } });
      expect(JSON.parse(out())).toMatchObject({ tasks: [{ task: 'HD-1', run: runOf('HD-1') }] });
    });

    it('is waited for until the gateway says what became of it', async () => {
      write('task.json', task('HD-2'));
      const { context, out } = open();
      const submitting = submitTasks(context, { args: ['task.json'], options: { tenant: 'acme', wait: true, timeout: '30s' } });
      await expect.poll(async () => sum(await ends(topicName(installation.namespace, 'inbox', 'acme'))), { timeout: 10_000 }).toBe(3);
      await installation.write('gateway', 'outcomes', accepted('HD-2'), 'acme');
      await installation.write('gateway', 'outcomes', finished('HD-2'), 'acme');
      expect(await submitting).toBe(EXIT.deniedByPolicy);
      expect(JSON.parse(out())).toMatchObject({ tasks: [{ task: 'HD-2', state: 'finished', outcome: 'denied', exitCode: 3 }] });
    });

    it('that is a repeat is settled by what the ledger knows of its run', async () => {
      write('task.json', task('HD-3'));
      installation.answers.set(`/v1/runs/${runOf('HD-3')}`, { id: runOf('HD-3'), status: 'waiting', waitingOn: 'DdEeFfGgHhIiJjKkLlMmNn', actions: [], approvals: [], escalations: [] });
      const { context, out } = open();
      expect(await submitTasks(context, { args: ['task.json'], options: { tenant: 'acme', wait: true, timeout: '30s' } })).toBe(EXIT.pending);
      expect(JSON.parse(out())).toMatchObject({ tasks: [{ task: 'HD-3', state: 'pending', approval: 'DdEeFfGgHhIiJjKkLlMmNn' }] });
    });

    it('that nobody answers is pending at the deadline', async () => {
      write('task.json', task('HD-4'));
      expect(await submitTasks(open().context, { args: ['task.json'], options: { tenant: 'acme', wait: true, timeout: '1s' } })).toBe(EXIT.pending);
    });

    it('is previewed under what is in force', async () => {
      write('task.json', task('HD-5', 124_900));
      const { context, out } = open();
      expect(await previewTask(context, { args: ['task.json'], options: { tenant: 'acme' } })).toBe(EXIT.pending);
      expect(JSON.parse(out())).toMatchObject({ admitted: true, steps: [{ step: 'refund', verdict: { effect: 'ask', quorum: 1 }, people: [GRACE] }] });
    });
  });

  describe('approvals', () => {
    const asked = action({ charge_id: 'ch_1', amount_cents: 124_900 });
    const given = approval({ id: 'DdEeFfGgHhIiJjKkLlMmNn' }, asked);
    const place = { tenant: asked.tenant, workflow: asked.workflow, run: asked.run, step: asked.step, now: systemClock.now() };

    beforeAll(() => {
      installation.answers.set('/v1/positions', { caughtUp: true });
      installation.answers.set('/v1/approvals', { approvals: [given] });
      installation.answers.set(`/v1/approvals/${given.id}`, given);
    });

    const newestBallot = async () => {
      const topic = topicName(installation.namespace, 'ballots');
      const counts = await ends(topic);
      const partition = counts.findIndex((count) => count > 0);
      const bytes = (await recordAt(topic, partition, (counts[partition] ?? 0) - 1))?.value ?? Buffer.alloc(0);
      return { id: (JSON.parse(String(bytes)) as { readonly id: string }).id, topic: 'ballots', partition, offset: (counts[partition] ?? 0) - 1, sha256: sha256(bytes) };
    };

    it('is approved by a signed ballot, and the answer is that of the approvals service', async () => {
      const { context, out } = open();
      const voting = approve(context, { args: ['DdEe'], options: { reason: 'checked', yes: true } });
      await expect.poll(async () => sum(await ends(topicName(installation.namespace, 'ballots'))), { timeout: 15_000 }).toBe(1);
      const vote = { approval: given.id, actionHash: given.actionHash as never, voter: GRACE as never, choice: 'approve', vote: { value: '{}', jws: 'e30..AA' } } as const;
      await installation.write('approvals', 'approvals', newEvent({ service: 'approvals', type: 'countersign.approval.vote-cast', data: vote, trigger: await newestBallot(), ...place }));
      expect(await voting).toBe(EXIT.ok);
      expect(JSON.parse(out())).toMatchObject({ approval: given.id, choice: 'approve', counted: true });
    });

    it('that shows another action than the one that was hashed is not signed', async () => {
      const other = { ...given, action: action({ charge_id: 'ch_1', amount_cents: 1 }) };
      installation.answers.set(`/v1/approvals/${given.id}`, other);
      await expect(approve(open().context, { args: ['DdEe'], options: { yes: true } })).rejects.toMatchObject({ code: 'VOTE_INVALID', exitCode: EXIT.integrity });
      installation.answers.set(`/v1/approvals/${given.id}`, given);
    });

    it('is not voted on by somebody who may not', async () => {
      installation.answers.set(`/v1/approvals/${given.id}`, { ...given, roles: ['board'] });
      await expect(approve(open().context, { args: ['DdEe'], options: { yes: true } })).rejects.toMatchObject({ code: 'VOTE_INVALID', message: expect.stringContaining('has none of the roles `board`') });
      installation.answers.set(`/v1/approvals/${given.id}`, given);
    });

    it('asks with the whole action on the screen', async () => {
      const { context, err, questions } = open({ json: false, answer: false });
      expect(await approve(context, { args: ['DdEe'], options: {} })).toBe(EXIT.error);
      expect(questions).toEqual(['approve exactly this?']);
      expect(err()).toContain('amount_cents  124900');
    });

    it('tells why a ballot does not count', async () => {
      const voting = approve(open().context, { args: ['DdEe'], options: { yes: true } });
      voting.catch(() => undefined);
      const ballots = topicName(installation.namespace, 'ballots');
      await expect.poll(async () => sum(await ends(ballots)), { timeout: 15_000 }).toBe(2);
      // Both ballots are of one workflow, and so in one partition.
      const partition = (await ends(ballots)).indexOf(2);
      await installation.broker.append({ topic: deadLetterTopic(installation.namespace, 'approvals'), partition: 0 }, [
        { key: null, value: Buffer.from('{}'), headers: { 'cs-code': 'VOTE_INVALID', 'cs-message': 'the approval is closed', 'cs-topic': 'ballots', 'cs-partition': String(partition), 'cs-offset': '1' } },
      ]);
      await expect(voting).rejects.toMatchObject({ code: 'VOTE_INVALID', message: 'it does not count: the approval is closed' });
    });
  });

  describe('dlq', () => {
    it('lists, shows and redrives in place, by a signed control', async () => {
      const list = open();
      await listDeadLetters(list.context, { args: [], options: { limit: '50' } });
      expect(JSON.parse(list.out())).toMatchObject({ letters: [{ id: 'approvals/0', code: 'VOTE_INVALID', record: { topic: 'ballots' }, redriven: false, onLog: 'unread' }] });
      const show = open({ json: false });
      await showDeadLetter(show.context, { args: ['approvals/0'], options: {} });
      expect(show.out()).toContain('the approval is closed');
      expect(await redriveDeadLetters(open().context, { args: ['approvals/0'], options: { dryRun: true } })).toBe(EXIT.ok);
      expect((await controls()).state.redrives).toEqual([]);
      expect(await redriveDeadLetters(open().context, { args: ['approvals/0'], options: { yes: true } })).toBe(EXIT.ok);
      expect((await controls()).state.redrives).toMatchObject([{ service: 'approvals', topic: 'ballots' }]);
      const again = open();
      await listDeadLetters(again.context, { args: [], options: { service: 'approvals', limit: '1' } });
      expect(JSON.parse(again.out())).toMatchObject({ letters: [{ redriven: true }] });
    });

    it('does not redrive by a letter that is not as on the log, unless that is forced', async () => {
      const forge = (topic: string, offset: string, { key, value }: Pick<LogRecord, 'key' | 'value'> = { key: null, value: Buffer.from('{}') }): Promise<number> =>
        installation.broker.append({ topic: deadLetterTopic(installation.namespace, 'planner'), partition: 0 }, [
          { key, value, headers: { 'cs-code': 'EVENT_INVALID', 'cs-message': 'redrive me', 'cs-topic': topic, 'cs-partition': '0', 'cs-offset': offset } },
        ]);
      const control = await recordAt(topicName(installation.namespace, 'controls'), 0, 0);
      await forge('controls', '0');
      await forge('controls', '999999');
      await forge('nowhere', '0');
      await forge('controls', '0', control);
      const list = open();
      await listDeadLetters(list.context, { args: [], options: { service: 'planner', limit: '50' } });
      expect(JSON.parse(list.out())).toMatchObject({ letters: [{ onLog: 'same' }, { onLog: 'other' }, { onLog: 'other' }, { onLog: 'other' }] });
      const before = (await controls()).state.redrives.length;
      await expect(redriveDeadLetters(open().context, { args: ['planner/0'], options: { yes: true } })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
      expect((await controls()).state.redrives).toHaveLength(before);
      expect(await redriveDeadLetters(open().context, { args: ['planner/0'], options: { yes: true, force: true } })).toBe(EXIT.ok);
      expect((await controls()).state.redrives).toHaveLength(before + 1);
    });

    it('does nothing where one of the ids is none', async () => {
      await expect(redriveDeadLetters(open().context, { args: ['approvals/0', 'approvals'], options: { yes: true } })).rejects.toMatchObject({ code: 'USAGE' });
      await expect(redriveDeadLetters(open().context, { args: ['approvals/7'], options: { yes: true } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('tail', () => {
    const lines = (text: string): { readonly topic: string; readonly event?: Event; readonly bad?: { readonly code: string } }[] =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly topic: string });

    it('prints checked events in order of time', async () => {
      const { context, out } = open();
      await tail(context, { args: [], options: { from: 'start' } });
      const types = lines(out()).map(({ event }) => event?.type);
      expect(types).toContain('countersign.config.activated');
      expect(types.slice(-4)).toEqual(['countersign.task.finished', 'countersign.approval.vote-cast', 'countersign.dlq.redriven', 'countersign.dlq.redriven']);
    });

    it('prints what was asked for only', async () => {
      const { context, out } = open({ json: false });
      await tail(context, { args: [], options: { from: 'start', type: 'task.*', tenant: 'acme' } });
      expect(out().split('\n').map((line) => line.slice(14, 27).trim())).toEqual(['task.accepted', 'task.finished', '']);
    });

    it('begins at a time', async () => {
      await sleep(20);
      const since = timestamp(systemClock.now());
      const event = newEvent({ service: 'gateway', type: 'countersign.task.accepted', data: { task: 'HD-8', source: '/helpdesk' }, tenant: 'acme' as Tenant, workflow: 'refund-desk' as Workflow, now: systemClock.now() });
      await installation.write('gateway', 'outcomes', event, 'acme');
      const { context, out } = open();
      await tail(context, { args: [], options: { from: since } });
      expect(lines(out()).map(({ event: found }) => found?.id)).toEqual([event.id]);
    });

    it('marks what nobody acts on', async () => {
      const target = { topic: topicName(installation.namespace, 'outcomes', 'acme'), partition: 0 };
      await installation.broker.append(target, [{ key: null, value: Buffer.from('{"specversion":"1.0"}'), headers: {} }]);
      const { context, out } = open();
      await tail(context, { args: [], options: { from: '1' } });
      expect(lines(out()).find(({ bad }) => bad !== undefined)).toMatchObject({ topic: 'outcomes.acme', bad: { code: 'SIGNATURE_MISSING' } });
    });

    it('goes on with --follow until it is stopped', async () => {
      const { context, out, abort } = open();
      const tailing = tail(context, { args: [], options: { from: 'end', follow: true } });
      tailing.catch(() => undefined);
      let seen = '';
      const event = newEvent({ service: 'gateway', type: 'countersign.task.accepted', data: { task: 'HD-9', source: '/helpdesk' }, tenant: 'acme' as Tenant, workflow: 'refund-desk' as Workflow, now: systemClock.now() });
      await expect
        .poll(async () => {
          await installation.write('gateway', 'outcomes', event, 'acme');
          seen += out();
          return seen;
        }, { timeout: 15_000 })
        .toContain('HD-9');
      abort();
      await expect(tailing).rejects.toThrow('interrupted');
    });
  });
});
