import { describe, expect, it } from 'vitest';
import type { LogRecord, Outgoing } from '@countersign/bus';
import { decodeEvent, encodeEvent, newEvent } from '@countersign/contracts';
import { bytesOfTask } from '@countersign/identity';
import { codeOf, type Instant, type Sha256 } from '@countersign/kernel';
import type { PolicyEngine } from '@countersign/policy-engines';
import { GatewayHandler } from '../../../apps/gateway/src/gateway.handler.js';
import { Policies } from '../../../apps/policy/src/policies.js';
import { PolicyHandler } from '../../../apps/policy/src/policy.handler.js';
import { randomOf } from '../../support/random.ts';
import { APPROVERS, jwsOf, KEYS } from './desk.ts';
import { controlsOf, grantNumber } from './grants.ts';
import { contentOf, times } from './kind.ts';
import { AT_THE_DOOR, BY_A_WHOLE_GATEWAY, inInbox, taskNumber } from './kinds/tasks.ts';
import { World } from './world.ts';

const VARIANTS = 1_000;
const SEED = 20_260_103;

const world = new World();
const controls = controlsOf(world);
const gateway = new GatewayHandler('countersign.local');
const policy = new PolicyHandler(new Policies({} as PolicyEngine, { info: () => undefined, error: () => undefined }), KEYS.policy.key);

/** Types of what policy writes of a task that it has read from its bytes, or the code of the fault that its runtime makes a dead letter of. */
const policyOn = (value: Buffer): readonly string[] => {
  try {
    const received = { event: decodeEvent(value), topic: 'tasks', offset: 0, sha256: '' as Sha256, partition: 0, key: '', record: {} as LogRecord };
    // It is waited for only where something is granted.
    const outgoing = policy.handle(received, policy.initialState(), { now: Date.now() as Instant, partition: 0, controls, controlEpoch: controls.epoch }) as readonly Outgoing[];
    return outgoing.map(({ type }) => type);
  } catch (fault) {
    return [codeOf(fault)];
  }
};
const allOf = (codes: readonly string[], seen: readonly string[]) => ({ refused: seen.filter((code) => codes.includes(code)).length, otherwise: [...new Set(seen)].filter((code) => !codes.includes(code)) });

describe('a task in the name of a person', { timeout: 60_000 }, () => {
  it('is not what these are: what a person has signed is taken by the gateway and by policy', () => {
    const taken = times(VARIANTS, (index) => {
      const value = bytesOfTask(taskNumber(index));
      const { record, tenant } = inInbox(value, jwsOf(value, [APPROVERS.ada]));
      const outgoing = gateway.receive(record, tenant, controls, Date.now() as Instant).task?.outgoing;
      if (outgoing?.type !== 'countersign.task.submitted') return 'refused';
      return [outgoing.data.subject, ...policyOn(encodeEvent(newEvent({ ...outgoing, service: 'gateway', now: Date.now() as Instant })))].join(' ');
    });
    expect(new Set(taken)).toEqual(new Set([`${APPROVERS.ada.subject} countersign.context.opened`]));
  });

  it.each(AT_THE_DOOR)('$what: 1,000 different variants, the gateway refuses each, and takes none for the upstream’s', ({ codes, forge }) => {
    const random = randomOf(SEED);
    const forged = times(VARIANTS, (index) => forge(random, index));
    expect(new Set(forged.map(({ record }) => contentOf(record))).size).toBe(VARIANTS);
    const seen = forged.map(({ record, tenant }) => {
      const { task, answer } = gateway.receive(record, tenant, controls, Date.now() as Instant);
      return task || answer.outgoing.type !== 'countersign.task.refused' ? 'taken' : answer.outgoing.data.code;
    });
    expect(allOf(codes, seen)).toEqual({ refused: VARIANTS, otherwise: [] });
  });

  it.each(BY_A_WHOLE_GATEWAY)('from a gateway whose key and password are stolen, for $what: 1,000 different variants, policy opens no run for any', ({ codes, forge }) => {
    const random = randomOf(SEED);
    const grant = grantNumber(world, 1, controls);
    const forged = times(VARIANTS, (index) => encodeEvent(forge(random, index, controls, grant)));
    expect(new Set(forged.map((value) => contentOf({ key: null, value, headers: {} }))).size).toBe(VARIANTS);
    const seen = forged.map((value) => policyOn(value)[0] ?? 'nothing');
    expect(allOf(codes, seen)).toEqual({ refused: VARIANTS, otherwise: [] });
  });
});
