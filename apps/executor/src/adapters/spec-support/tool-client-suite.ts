import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '@countersign/kernel';
import type { ToolContract } from '@countersign/domain';
import type { Connection } from '../connections.js';
import type { ToolAnswer, ToolClient, ToolRequest } from '../tool-client.js';
import { startElsewhere, type Elsewhere } from './elsewhere.js';

/** What the outside system does with a call that has reached it. */
export type Behaviour = 'answers' | 'answers with control characters' | 'answers at length' | 'answers at length, unannounced' | 'answers no JSON' | 'stops half-way' | 'says nothing' | 'breaks off' | 'sends us elsewhere' | 'sends us to another host' | 'fails';

export const RUN = 'run-AAAAAAAAAAAAAAAAAAAAAA';
export const KEY = 'key-of-the-action-0001';
/** Bytes that an answer may have. */
export const LIMIT = 4_000;
export const CONTROLS = 'a bell \u0007, a red \u001b[31m word and a line\u2028';

/** A system on the other side that is told how to behave. */
export interface OutsideWorld {
  readonly connection: Connection;
  /** Has an effect, and carries `RUN` and `KEY` where there is a place for them. */
  readonly request: ToolRequest;
  readonly tool: ToolContract;
  /** What a call with `answers` brings. */
  readonly body?: Json;
  /** Where a behaviour ends in something of this system's own; `undefined`: it cannot happen there. */
  readonly ends?: Partial<Record<Behaviour, Partial<ToolAnswer> | undefined>>;
  behave(behaviour: Behaviour): void;
  /** Calls that reached it, each as everything that came with it. */
  readonly calls: readonly string[];
  /** Nobody is there any more. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

const ENDS: Readonly<Record<Behaviour, object>> = {
  answers: { kind: 'answered' },
  'answers with control characters': { kind: 'answered' },
  'answers at length': { kind: 'answered', problem: 'too-large' },
  'answers at length, unannounced': { kind: 'answered', problem: 'too-large' },
  'answers no JSON': { kind: 'answered', problem: 'not-json' },
  'stops half-way': { kind: 'timeout' },
  'says nothing': { kind: 'timeout' },
  'breaks off': { kind: 'broken' },
  'sends us elsewhere': { kind: 'answered', status: 307 },
  'sends us to another host': { kind: 'answered', status: 307 },
  fails: { kind: 'answered', status: 503 },
};

/** Time for an answer that will not come; the others are given much more, because the machine may be busy. */
const SHORT_MS = 400;
const LONG_MS = 20_000;

/** One suite for each client: what a decider is told must not depend on which one spoke. `makeWorld` is called for each test, with the other host to send us to. */
export const toolClientSuite = (name: string, makeClient: () => ToolClient, makeWorld: (elsewhere: string) => Promise<OutsideWorld>): void => {
  describe(`the port of tool clients, ${name}`, () => {
    let world: OutsideWorld;
    let elsewhere: Elsewhere;
    let client: ReturnType<typeof makeClient>;
    beforeEach(async () => {
      elsewhere = await startElsewhere();
      [world, client] = [await makeWorld(elsewhere.url), makeClient()];
    });
    afterEach(async () => {
      await client.close?.();
      await world.close();
      await elsewhere.close();
    });
    const send = (signal: AbortSignal, connection = world.connection): Promise<ToolAnswer> => client.send(connection, world.request, { signal, tenant: 'acme', maxBytes: LIMIT, tool: world.tool });
    /** A client that has a session has opened it before the clock runs, so that a short time is the call's own. */
    const warm = async (): Promise<number> => {
      world.behave('answers');
      await send(AbortSignal.timeout(LONG_MS));
      return world.calls.length;
    };

    it('sends once, and hands on the answer', async () => {
      world.behave('answers');
      expect(await send(AbortSignal.timeout(LONG_MS))).toMatchObject({ kind: 'answered', ...(world.body !== undefined && { body: world.body }) });
      expect(world.calls).toHaveLength(1);
    });

    it('leaves the id of the run and the key of the action there', async () => {
      world.behave('answers');
      await send(AbortSignal.timeout(LONG_MS));
      expect(world.calls[0]).toContain(RUN);
      expect(world.calls[0]).toContain(KEY);
    });

    it.for(Object.entries(ENDS) as [Behaviour, object][])('tells what it means that the other side %s, and does not send again', async ([behaviour, usual], { skip }) => {
      if (world.ends && behaviour in world.ends && world.ends[behaviour] === undefined) skip('it cannot');
      const before = await warm();
      world.behave(behaviour);
      const ends = world.ends?.[behaviour] ?? usual;
      const answer = await send(AbortSignal.timeout('kind' in ends && ends.kind === 'timeout' ? SHORT_MS : LONG_MS));
      expect(elsewhere.visits).toEqual([]);
      expect(answer).toMatchObject(ends);
      expect(world.calls).toHaveLength(before + 1);
    });

    it('hands on control characters as what they are, data', async ({ skip }) => {
      if (world.body === undefined) skip('nothing is handed on');
      world.behave('answers with control characters');
      const answer = await send(AbortSignal.timeout(LONG_MS));
      expect(JSON.parse(JSON.stringify(answer))).toMatchObject({ body: { text: CONTROLS } });
    });

    it('gives up at once where it is told to, and nobody knows of the effect then', async () => {
      await warm();
      world.behave('says nothing');
      const stop = new AbortController();
      const answer = send(AbortSignal.any([stop.signal, AbortSignal.timeout(LONG_MS)]));
      setTimeout(() => stop.abort(), SHORT_MS);
      const started = performance.now();
      expect(await answer).toEqual({ kind: 'timeout' });
      expect(performance.now() - started).toBeLessThan(LONG_MS / 2);
    });

    it('says that nothing was sent where nobody is there', async () => {
      await world.leave();
      expect(await send(AbortSignal.timeout(LONG_MS))).toMatchObject({ kind: 'not-sent' });
    });

    it('refuses a connection into a private network that does not allow one, before anything leaves', async ({ skip }) => {
      const { connection } = world;
      if (!('url' in connection)) return skip('it is a program');
      world.behave('answers');
      for (const hostname of ['127.0.0.1', 'localhost']) {
        const url = Object.assign(new URL(connection.url), { hostname });
        expect(await send(AbortSignal.timeout(LONG_MS), { ...connection, url, allowPrivate: false })).toEqual({ kind: 'refused', code: 'destination.private' });
      }
      expect(world.calls).toHaveLength(0);
    });
  });
};
