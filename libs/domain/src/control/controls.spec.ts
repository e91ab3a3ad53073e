import { describe, expect, it } from 'vitest';
import { newEvent, type Event } from '@countersign/contracts';
import { sha256, type KeyId, type Principal, type Sha256 } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { ACME, ADA, CONTRACT, controlEvents, controlsWith, DESK, EXECUTOR_KEY, GET_CHARGE, hashOfDocument, PLAYBOOK, readAsIs, REFUND, REFUND_DESK, taskSubmitted } from '@countersign/testing/refund-desk';
import type { ConfigurationReader } from '../config/check-configuration.js';
import type { DocumentReader } from '../config/document.js';
import type { ControlState } from './control-state.js';
import { evolveControls } from './evolve-controls.js';
import { initialControls } from './initial-controls.js';
import { logEpochOf } from './log-epoch.js';
import { manifestHash } from './manifest-hash.js';
import { approverOf, contractAccepting, contractByHash, contractFor, keyAt, newestKeyOf, policySetOf, tenantsOf, toolByHash, toolNamed } from './lookups.js';

const operator = { service: 'operator', now: NOW } as const;
const fold = (events: readonly Event[], from: ControlState = initialControls(), read: DocumentReader = readAsIs, quorate = true, policyFaults: ConfigurationReader['policyFaults'] = () => []): ControlState =>
  events.reduce((state, event, index) => evolveControls(state, event, { offset: from.epoch + 1 + index, timestamp: NOW + index, quorate }, { read, policyFaults }), from);
const messagesOf = (state: ControlState): readonly string[] => state.faults.flatMap(({ message, faults }) => [message, ...faults.map((fault) => fault.message)]);
const FILE = { kind: 'tool', id: 'payments-steal', version: 1, hash: '3b'.repeat(32) as Sha256 } as const;
const LENIENT = { ...REFUND, attempts: 5 };

describe('a configuration', () => {
  it('is in force when its manifest is there, and not before', () => {
    const events = controlEvents();
    const manifest = events.findIndex(({ type }) => type === 'countersign.config.activated');
    expect(fold(events.slice(0, manifest)).active).toBeUndefined();
    const state = fold(events.slice(0, manifest + 1));
    expect(state.active?.version).toBe(1);
    expect(contractFor(state, ACME, REFUND_DESK)?.document).toBe(CONTRACT);
    expect(toolNamed(state, 'payments.refund')?.hash).toBe(hashOfDocument(REFUND));
    expect(approverOf(state, ADA)?.name).toBe('Ada');
    expect(state.epoch).toBe(manifest);
    expect(state.faults).toEqual([]);
  });

  it('changes as a whole, and what was pinned before is still found', () => {
    const before = controlsWith();
    const after = controlsWith({ tools: [GET_CHARGE, LENIENT] }, before);
    expect(toolNamed(after, 'payments.refund')?.document.attempts).toBe(5);
    expect(toolByHash(after, hashOfDocument(REFUND))?.document.attempts).toBe(3);
    expect(contractByHash(after, hashOfDocument(CONTRACT))?.document).toBe(CONTRACT);
    expect(policySetOf(after).hash).not.toBe(policySetOf(before).hash);
  });

  it('whose rules are no policy set is void, and what was in force stays', () => {
    const before = controlsWith();
    const after = fold(controlEvents({ ...DESK, tools: [GET_CHARGE, LENIENT] }, 2), before, readAsIs, true, ({ tools }) => [{ kind: 'policy', id: 'refunds', pointer: '/policies/0/if', message: `no rule holds for ${tools.length} tools` }]);
    expect(after.active).toEqual(before.active);
    expect(messagesOf(after)).toContain('policy `refunds` /policies/0/if: no rule holds for 2 tools');
  });

  it('can be put back, as a newer manifest', () => {
    const changed = controlsWith({ tools: [GET_CHARGE, LENIENT] }, controlsWith());
    const back = controlsWith({}, changed);
    expect(back.active?.version).toBe(3);
    expect(policySetOf(back).hash).toBe(policySetOf(controlsWith()).hash);
  });

  const manifest = controlEvents().find(({ type }) => type === 'countersign.config.activated') as Event;
  const files = controlEvents().filter(({ type }) => type.endsWith('.published'));
  const second = (change: object): Event => ({ ...manifest, data: { ...(manifest.data as object), version: 2, ...change } }) as Event;
  it.each([
    ['names a file that was not published', second({ hash: manifestHash([FILE]), files: [FILE] }), 'tool `payments-steal` with hash 3b3b3b3b3b3b was not published'],
    ['has another hash than its files', second({ hash: sha256('another') }), 'is not the hash of the files'],
  ])('is void where its manifest %s, and what was in force stays', (_, broken, message) => {
    const before = controlsWith({ tools: [GET_CHARGE, LENIENT] });
    const state = fold([...files, broken], before);
    expect(state.active).toEqual(before.active);
    expect(messagesOf(state)).toEqual(['manifest 2 is void', message]);
  });

  it('is void where its manifest is not newer', () => {
    const state = fold([manifest], controlsWith());
    expect(messagesOf(state)).toEqual(['manifest 1 is void', 'must be 2, the next after what is in force']);
  });

  it('is void where its files do not fit together', () => {
    const state = controlsWith({ playbooks: [] });
    expect(state.active).toBeUndefined();
    expect(messagesOf(state)).toEqual(['manifest 1 is void', 'contract `refund-desk` /playbook: there is no playbook `refund`']);
  });

  it('takes no file whose hash, id or version is not its own', () => {
    const published = files.at(0) as Event;
    const altered = (change: object): readonly string[] => messagesOf(fold([{ ...published, data: { ...(published.data as object), ...change } } as Event]));
    expect(altered({ hash: sha256('another') })).toEqual(['the hash of contract `refund-desk` is not the hash of its body']);
    expect(altered({ id: 'gift-desk' })).toEqual(['contract `gift-desk` is not what its body says', 'is published as `gift-desk`']);
    expect(altered({ version: 2 })).toEqual(['contract `refund-desk` is not what its body says', 'is published as 2']);
  });

  it('takes no file that cannot be read, and says where it is broken', () => {
    const state = fold(files.slice(0, 1), initialControls(), () => ({ faults: [{ pointer: '/owner', message: 'must be text' }] }));
    expect(state.published.contract.size).toBe(0);
    expect(state.faults).toEqual([{ offset: 0, message: 'contract `refund-desk` version 1 cannot be read', faults: [{ pointer: '/owner', message: 'must be text' }] }]);
  });
});

describe('a manifest without the quorum', () => {
  const before = controlsWith();
  const events = controlEvents({ ...DESK, tools: [GET_CHARGE, LENIENT] }, 2).filter(({ type }) => type !== 'countersign.key.announced');
  const alone = (changed: readonly Event[], from = before): ControlState => fold(changed, from, readAsIs, false);

  it('that widens waits, and nothing that it names can be used', () => {
    const state = alone(events);
    expect(state.active).toBe(before.active);
    expect(state.pending).toMatchObject([{ offset: state.epoch, version: 2 }]);
    expect(state.faults).toEqual([]);
    expect(toolByHash(state, hashOfDocument(LENIENT))).toBeUndefined();
  });

  it('that widens takes effect with the quorum, whatever came before', () => {
    const state = fold(events.slice(-1), alone([...events, ...events.slice(-1)]));
    expect(state.active?.version).toBe(2);
    expect(state.pending).toEqual([]);
    expect(toolByHash(state, hashOfDocument(LENIENT))?.document.attempts).toBe(5);
  });

  it('that narrows takes effect at once, and voids what waits', () => {
    const narrower = controlEvents({ ...DESK, tools: [GET_CHARGE, { ...REFUND, attempts: 1 }] }, 2).filter(({ type }) => type !== 'countersign.key.announced');
    const state = alone(narrower, alone(events));
    expect(toolNamed(state, 'payments.refund')?.document.attempts).toBe(1);
    expect(state.pending).toEqual([]);
    expect(messagesOf(fold(events.slice(-1), state))).toEqual(['manifest 2 is void', 'must be 3, the next after what is in force']);
  });

  it('is never the first, unless it makes nothing possible', () => {
    expect(alone(controlEvents(), initialControls())).toMatchObject({ pending: [{ version: 1 }] });
    expect(alone(controlEvents({ contracts: [], tools: [], playbooks: [], approvers: [], tenants: [] }), initialControls()).active?.version).toBe(1);
  });

  it('is one of twenty that are kept, the newest', () => {
    const many = Array.from({ length: 30 }, (_, index) => controlEvents({ ...DESK, tools: [GET_CHARGE, { ...REFUND, attempts: 10 + index }] }, 2)).flat().filter(({ type }) => type !== 'countersign.key.announced');
    expect(alone(many).pending.map(({ offset }) => offset).at(-1)).toBe(before.epoch + many.length);
    expect(alone(many).pending).toHaveLength(20);
  });
});

describe('what is found in a configuration', () => {
  const state = controlsWith();
  it('depends on tenant, workflow and type', () => {
    expect(contractFor(state, 'globex', REFUND_DESK)).toBeUndefined();
    expect(contractFor(state, ACME, 'payroll')).toBeUndefined();
    expect(contractAccepting(state, ACME, 'refund.requested')?.id).toBe('refund-desk');
    expect(contractAccepting(state, ACME, 'refund.withdrawn')).toBeUndefined();
    expect(contractAccepting(state, 'globex', 'refund.requested')).toBeUndefined();
    expect(tenantsOf(state)).toEqual(['acme']);
  });

  it('is nothing before the first manifest', () => {
    const nothing = initialControls();
    expect([contractFor(nothing, ACME, REFUND_DESK), toolNamed(nothing, 'payments.refund'), approverOf(nothing, ADA)]).toEqual([undefined, undefined, undefined]);
    expect(tenantsOf(nothing)).toEqual([]);
    expect(policySetOf(nothing)).toMatchObject({ policies: [], contracts: [], tools: [] });
  });

  it('is no person that the directory does not name', () => {
    expect(approverOf(state, 'spiffe://countersign.local/human/mallory' as Principal)).toBeUndefined();
  });
});

describe('a key', () => {
  const key = (id: string): KeyId => id.repeat(16) as KeyId;
  const announced = (id: KeyId, service: 'policy' | 'executor' = 'policy'): Event => newEvent({ ...operator, type: 'countersign.key.announced', subject: `${service}/${id}`, data: { service, key: id, publicKey: 'A'.repeat(43) } });
  const retired = (id: KeyId): Event => newEvent({ ...operator, type: 'countersign.key.retired', subject: id, data: { key: id } });

  it('signs for the service that it was announced for, until it is retired', () => {
    const state = fold([announced(key('a')), announced(key('b')), retired(key('a'))]);
    expect(keyAt(state, key('a'), NOW + 2)).toMatchObject({ service: 'policy', announced: 0 });
    expect(keyAt(state, key('a'), NOW + 3)).toBeUndefined();
    expect(keyAt(state, key('b'), NOW + 3)).toMatchObject({ announced: 1 });
    expect(keyAt(state, key('c'), NOW)).toBeUndefined();
  });

  it('is the newest of its service that is not retired', () => {
    const two = fold([announced(key('a')), announced(key('b')), announced(key('c'), 'executor')]);
    expect(newestKeyOf(two, 'policy')?.key).toBe(key('b'));
    expect(newestKeyOf(fold([retired(key('b'))], two), 'policy')?.key).toBe(key('a'));
    expect(newestKeyOf(two, 'ledger')).toBeUndefined();
  });

  it('is announced once: a second announcement neither moves nor revives it', () => {
    const state = fold([announced(key('a')), retired(key('a')), announced(key('a'), 'executor')]);
    expect(keyAt(state, key('a'), NOW + 9)).toBeUndefined();
    expect(state.keys.get(key('a'))?.service).toBe('policy');
    expect(messagesOf(state)).toEqual([`key \`${key('a')}\` is announced already`]);
  });

  it('that was never announced cannot be retired', () => {
    expect(messagesOf(fold([retired(EXECUTOR_KEY)]))).toEqual([`key \`${EXECUTOR_KEY}\` was never announced`]);
  });

  it('is retired once: the first time counts', () => {
    expect(fold([announced(key('a')), retired(key('a')), retired(key('a'))]).keys.get(key('a'))?.retiredAt).toBe(NOW + 1);
  });
});

it('a redrive is kept with the offset of its control', () => {
  const redriven = newEvent({ ...operator, type: 'countersign.dlq.redriven', subject: 'proposals/1/42', data: { service: 'policy', topic: 'proposals', partition: 1, offset: 42 } });
  expect(fold([redriven], controlsWith()).redrives).toEqual([{ at: controlsWith().epoch + 1, service: 'policy', topic: 'proposals', partition: 1, offset: 42 }]);
});

describe('a log of the archive', () => {
  const end = { topic: 'ballots', partition: 1, epoch: 0, size: 3, root: '3b'.repeat(32), next: 3, begins: 5, reason: 'it was away for too long' };
  const ended = (data: Partial<typeof end> = {}): Event => newEvent({ ...operator, type: 'countersign.log.ended', subject: JSON.stringify(data), data: { ...end, ...data } });

  it('is ended by its number, and the next one begins where that says', () => {
    expect(logEpochOf(fold([]).endedLogs, 'ballots', 1)).toEqual({ epoch: 0 });
    const once = fold([ended()]);
    expect(logEpochOf(once.endedLogs, 'ballots', 1)).toEqual({ epoch: 1, begins: 5, after: 3 });
    expect(logEpochOf(once.endedLogs, 'ballots', 0)).toEqual({ epoch: 0 });
    expect(once.endedLogs).toMatchObject([{ at: 0, by: ended().actor }]);
    const twice = fold([ended({ epoch: 1, next: 7, begins: 9 })], once);
    expect(logEpochOf(twice.endedLogs, 'ballots', 1)).toEqual({ epoch: 2, begins: 9, after: 7 });
  });

  it.each([
    ['twice', [ended(), ended({ reason: 'again' })], 'the log of `ballots/1` is of epoch 1, and not of 0'],
    ['before it has begun', [ended({ epoch: 1 })], 'the log of `ballots/1` is of epoch 0, and not of 1'],
    ['to be gone on with before its end', [ended({ begins: 2 })], 'a log that began at offset 0 and ends before 3 is not gone on with at 2'],
    ['before the offset that it began at', [ended(), ended({ epoch: 1, next: 4, begins: 6 })], 'a log that began at offset 5 and ends before 4 is not gone on with at 6'],
    ['where it is the anchor, whose key auditors hold', [ended({ topic: 'anchor', partition: 0 })], 'the anchor of an archive does not end'],
  ])('is not ended %s', (_, events, message) => {
    const state = fold(events);
    expect(state.endedLogs).toHaveLength(events.length - 1);
    expect(messagesOf(state)).toEqual([message]);
  });
});

it('an event that is no control changes nothing but the epoch', () => {
  const { active, epoch } = controlsWith();
  const state = fold([taskSubmitted().event], controlsWith());
  expect(state.active).toEqual(active);
  expect(state.epoch).toBe(epoch + 1);
  expect(messagesOf(state)).toEqual(['`countersign.task.submitted` is no control']);
});

it('a hundred faults are kept, the newest', () => {
  const retired = (index: number): Event => newEvent({ ...operator, type: 'countersign.key.retired', subject: String(index), data: { key: String(index).padStart(16, '0') as KeyId } });
  const state = fold(Array.from({ length: 120 }, (_, index) => retired(index)));
  expect(state.faults).toHaveLength(100);
  expect(state.faults.at(-1)?.offset).toBe(119);
});

it('a state is never changed in place', () => {
  const before = controlsWith();
  const sizes = [before.published.tool.size, before.keys.size, before.faults.length] as const;
  controlsWith({ ...DESK, tools: [GET_CHARGE, LENIENT], playbooks: [PLAYBOOK] }, before);
  expect([before.published.tool.size, before.keys.size, before.faults.length]).toEqual(sizes);
  expect(before.files.tool.has(hashOfDocument(LENIENT))).toBe(false);
});
