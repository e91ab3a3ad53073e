import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newEvent, type Event } from '@countersign/contracts';
import type { NewRecord } from '@countersign/bus';
import { timestamp, type Instant } from '@countersign/kernel';
import { eventually } from '../../support/eventually.ts';
import { randomOf } from '../../support/random.ts';
import { APPROVERS, jwsOf, personRecord } from './desk.ts';
import { Evidence, type Found } from './evidence.ts';
import { ballotOn, controlsOf, ELSEWHERE, grantNumber, HOME, keyOf, unsigned, type Grant } from './grants.ts';
import { contentOf, times, type Kind, type Reader, type Refusal } from './kind.ts';
import { World } from './world.ts';
import { Writer } from './writer.ts';

const VARIANTS = 1_000;
/** Grants that are acted on to show that they are. */
const GENUINE = 40;
/** Grants live for a minute; to make a thousand takes a while, and a kind that has done nothing with them leaves them to the next. */
const FRESH_MS = 10_000;
const SEED = 20_260_102;
/** A thousand records take a second; other tests may run beside. */
const PATIENCE_MS = 90_000;

/** Whether all that is to come of a number of records is there. */
const isTold = (found: Found, refusal: Refusal, count: number): boolean => {
  if (refusal.kind === 'grant.refused') return found.refusals.size >= count && found.refusalsAlarmed >= alarmsDue(refusal, count);
  return alarmed(found) >= count && (refusal.kind === 'passed over' || refusal.by.every((reader) => found.letters[reader].size >= count));
};
/** Time, keys that are exchanged and controls that are on their way are refused without an alarm: honest services have such grants. */
const HONEST: ReadonlySet<string> = new Set(['expired', 'not-yet-valid', 'key.wrong', 'controls.behind']);
const alarmsDue = (refusal: Refusal, count: number): number => (refusal.kind === 'grant.refused' && !refusal.codes.some((code) => HONEST.has(code)) ? count : 0);
const alarmed = ({ alarms }: Found): number => alarms.reduce((sum, { count }) => sum + count, 0);
const codesOf = (found: Found, refusal: Refusal): readonly string[] => {
  if (refusal.kind === 'grant.refused') return [...found.refusals.values()];
  return [...found.alarms.map(({ code }) => code), ...(refusal.kind === 'dead letter' ? refusal.by.flatMap((reader) => [...found.letters[reader].values()]) : [])];
};

/** Lets each kind of forgery loose on a world of its own: every variant is refused, with an event, and what is genuine goes on. */
export const refusesAll = (title: string, kinds: readonly Kind[]): void => {
  describe.each([title])('%s', { timeout: 120_000 }, () => {
    const world = new World();
    const policy = new Writer(world, 'policy', 'decisions');
    const controls = controlsOf(world);
    /** Idempotency keys of what policy itself has allowed. */
    const allowed = new Set<string>();
    let number = 0;

    const genuine = (count: number): [Grant, ...Grant[]] => times(count, () => grantNumber(world, (number += 1), controls)) as [Grant, ...Grant[]];
    let made: { readonly at: number; readonly grants: readonly [Grant, ...Grant[]] } | undefined;
    /** One for each variant, none of them used. */
    const unused = (): readonly [Grant, ...Grant[]] => {
      if (!made || Date.now() > made.at + FRESH_MS) made = { at: Date.now(), grants: genuine(VARIANTS) };
      return made.grants;
    };
    const carryOut = async (grants: readonly Grant[]): Promise<readonly NewRecord[]> => {
      if (grants === made?.grants) made = undefined;
      const records = policy.next(HOME, grants.map(unsigned));
      for (const { data } of grants) allowed.add(data.action.idempotencyKey);
      const evidence = new Evidence(world);
      world.append('decisions', HOME, records);
      const isVerified = (type: string): boolean => type === 'countersign.action.verified';
      await eventually('the end of what the grants allow', () => evidence.executions().filter(isVerified).length >= grants.length || undefined);
      return records;
    };

    beforeAll(async () => {
      policy.claim(HOME);
      policy.claim(ELSEWHERE);
      await world.start();
    }, 60_000);
    afterAll(() => world.stop());

    it('is not what these are: valid grants are acted on, each once', async () => {
      await carryOut(genuine(GENUINE));
      expect(world.outside.calls).toBe(GENUINE);
    });

    it('is not what this is: a ballot of an approver on what was asked counts', async () => {
      const [grant] = genuine(1);
      const { action, actionHash, approval = '', policySet, controlEpoch, tier, quorum, roles, sub, act, runDeadline, reservation: { day, month } } = grant.data;
      const { tenant, workflow, run, step } = grant;
      const data = { approval, action, actionHash, reasons: [], policySet, controlEpoch, tier, quorum, roles, deadline: timestamp((Date.now() + 60_000) as Instant), day, month, sub, act, runDeadline };
      const required = newEvent({ service: 'policy', type: 'countersign.approval.required', tenant, workflow, run, step, subject: approval, now: Date.now() as Instant, data });
      const seen = (type: string): Promise<true> => eventually(type, () => world.records('approvals', HOME).some(({ value }) => String(value).includes(type)) || undefined);
      world.append('decisions', HOME, policy.next(HOME, [unsigned(required as Event as Grant)]));
      await seen('countersign.approval.requested');
      const ballot = ballotOn(grant, APPROVERS.ada.subject);
      world.append('ballots', HOME, [personRecord(ballot, jwsOf(ballot, [APPROVERS.ada]), keyOf(grant))]);
      expect(await seen('countersign.approval.vote-cast')).toBe(true);
    });

    it.each(kinds.map((kind, index) => [kind.what, kind, index] as const))('%s: 1,000 different variants, all of them refused, each with an event', async (what, { refusal, forge }, index) => {
      const forged = await forge({ world, policy, random: randomOf(SEED + index), count: VARIANTS, grants: unused(), carryOut });
      expect({ records: forged.records.length, different: new Set(forged.records.map(contentOf)).size }).toEqual({ records: VARIANTS, different: VARIANTS });
      const evidence = new Evidence(world);
      const from = world.append(forged.local, forged.partition, forged.records);
      const look = (): Found => evidence.of(forged, from, from + VARIANTS);
      const found = await eventually(what, () => (isTold(look(), refusal, VARIANTS) ? look() : undefined), PATIENCE_MS).catch(look);

      const unexpected = new Set(codesOf(found, refusal).filter((code) => !refusal.codes.some((expected) => expected === code)));
      const readers = refusal.kind === 'dead letter' ? refusal.by : [];
      const lettersOf = (count: (reader: Reader) => number): object => Object.fromEntries(readers.map((reader) => [reader, count(reader)]));
      const told = { refused: found.refusals.size, refusalsAlarmed: found.refusalsAlarmed, alarmed: alarmed(found), letters: lettersOf((reader) => found.letters[reader].size), others: found.others, unexpected: [...unexpected] };
      expect(told).toEqual({ refused: refusal.kind === 'grant.refused' ? VARIANTS : 0, refusalsAlarmed: alarmsDue(refusal, VARIANTS), alarmed: refusal.kind === 'grant.refused' ? 0 : VARIANTS, letters: lettersOf(() => VARIANTS), others: [], unexpected: [] });
      // Nothing was done that policy had not allowed, and what it allows next is.
      await carryOut(genuine(1));
      expect([...world.outside.done.keys()].filter((key) => !allowed.has(key))).toEqual([]);
      expect(world.outside.calls).toBe(allowed.size);
    });
  });
};
