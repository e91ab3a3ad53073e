import { describe, expect, it } from 'vitest';
import type { LogRecord, Outgoing } from '@countersign/bus';
import { decodeEvent, encodeEvent, newEvent, type Event } from '@countersign/contracts';
import { TASK_MEMORY, type DecisionState } from '@countersign/domain';
import { bytesOfTask, upstreamPrincipal } from '@countersign/identity';
import { codeOf, type Instant, type Sha256 } from '@countersign/kernel';
import type { PolicyEngine } from '@countersign/policy-engines';
import { GatewayHandler } from '../../../apps/gateway/src/gateway.handler.js';
import { Policies } from '../../../apps/policy/src/policies.js';
import { PolicyHandler } from '../../../apps/policy/src/policy.handler.js';
import { randomOf } from '../../support/random.ts';
import { APPROVERS, jwsOf, KEYS } from './desk.ts';
import { controlsOf, grantNumber, TENANT } from './grants.ts';
import { contentOf, times } from './kind.ts';
import { AT_THE_DOOR, BY_A_WHOLE_GATEWAY, inInbox, taskNumber, underItsId } from './kinds/tasks.ts';
import { World } from './world.ts';

const VARIANTS = 1_000;
const SEED = 20_260_103;

const world = new World();
const controls = controlsOf(world);
const gateway = new GatewayHandler('countersign.local');
const policy = new PolicyHandler(new Policies({} as PolicyEngine, { info: () => undefined, error: () => undefined }), KEYS.policy.key, 'countersign.local');

/** What policy writes of a task. */
const answers = (event: Event, state: DecisionState, inForce = controls, now = Date.now() as Instant): readonly Outgoing[] => {
  const received = { event, topic: 'tasks', offset: 0, sha256: '' as Sha256, partition: 0, key: '', record: {} as LogRecord };
  // It is waited for only where something is granted.
  return policy.handle(received, state, { now, partition: 0, controls: inForce, controlEpoch: inForce.epoch }) as readonly Outgoing[];
};
/** Types of what it writes of a task that it has read from its bytes, or the code of the fault that its runtime makes a dead letter of. */
const policyOn = (value: Buffer): readonly string[] => {
  try {
    return answers(decodeEvent(value), policy.initialState()).map(({ type }) => type);
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

  it('an unsigned task under the id of a signed one does not take its place: 1,000 different variants, each is the upstream’s, and the signed one opens the run of its signer', () => {
    const random = randomOf(SEED);
    const unsigned = times(VARIANTS, (index) => underItsId(taskNumber(index), random));
    expect(new Set(unsigned.map(({ record }) => contentOf(record))).size).toBe(VARIANTS);
    const opened = unsigned.map((first, index) => {
      const given = taskNumber(index);
      const value = bytesOfTask(given);
      let state = policy.initialState();
      return [first, inInbox(value, jwsOf(value, [APPROVERS.ada]))].map(({ record, tenant }) => {
        const outgoing = gateway.receive(record, tenant, controls, Date.now() as Instant).task?.outgoing;
        if (outgoing?.type !== 'countersign.task.submitted') return 'refused';
        const [context] = answers(newEvent({ ...outgoing, service: 'gateway', now: Date.now() as Instant }), state);
        if (context?.type !== 'countersign.context.opened') return 'dropped';
        state = policy.evolve(state, newEvent({ ...context, service: 'policy', now: Date.now() as Instant }), { id: 'task', topic: 'tasks', partition: 0, offset: 0, sha256: '' });
        return context.data.subject;
      }).join(' ');
    });
    expect(new Set(opened)).toEqual(new Set([`${upstreamPrincipal(TENANT)} ${APPROVERS.ada.subject}`]));
  });

  it('is not opened by a stolen gateway under a contract that was replaced longer ago than a task is remembered: 1,000 different variants', () => {
    const random = randomOf(SEED);
    const replacedAt = Date.now() as Instant;
    const { active, allotments } = controls;
    const replaced = { ...controls, ...(active && { active: { ...active, contracts: [] } }), allotments: [...allotments, { since: replacedAt, contracts: [], tenants: [] }] };
    const seen = times(VARIANTS, (index) => {
      const value = bytesOfTask(taskNumber(index));
      const { record, tenant } = inInbox(value, jwsOf(value, [APPROVERS.ada]));
      const now = (replacedAt + TASK_MEMORY * random.pick([1, 2, 300]) + 1) as Instant;
      const outgoing = gateway.receive(record, tenant, controls, Date.now() as Instant).task?.outgoing;
      return outgoing?.type === 'countersign.task.submitted' ? answers(newEvent({ ...outgoing, service: 'gateway', now }), policy.initialState(), replaced, now).length : 'refused';
    });
    expect(new Set(seen)).toEqual(new Set([0]));
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
