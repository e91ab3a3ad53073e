import { describe, expect, it } from 'vitest';
import { RelayGroups } from './relay-groups.js';

const given = (names: readonly string[]) => {
  const world = { wanted: [...names], said: [] as string[], faults: [] as unknown[], listeners: new Set<() => void>(), broken: undefined as string | undefined };
  const groups = new RelayGroups({
    wanted: () => world.wanted,
    onChange: (listener) => {
      world.listeners.add(listener);
      return () => void world.listeners.delete(listener);
    },
    create: (name) => ({
      start: async () => {
        if (world.broken === name) throw new Error('refused');
        world.said.push(`${name} starts`);
      },
      stop: async () => void world.said.push(`${name} stops`),
    }),
    onFatal: (fault) => world.faults.push(fault),
  });
  const change = async (...now: readonly string[]): Promise<void> => {
    world.wanted = [...now];
    for (const listener of world.listeners) listener();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { world, groups, change };
};

describe('groups of one relay', () => {
  it('are as many as are wanted, come and go with that, and all end with the service', async () => {
    const { world, groups, change } = given(['one']);
    await groups.start();
    await change('one', 'two');
    await change('two');
    await change('two');
    await groups.stop();
    expect(world.said).toEqual(['one starts', 'two starts', 'one stops', 'two stops']);
    await change('three');
    expect(world.said).toHaveLength(4);
  });

  it('may be none', async () => {
    const { world, groups, change } = given([]);
    await groups.start();
    await change('one');
    expect(world.said).toEqual(['one starts']);
  });

  it('that cannot start end the service', async () => {
    const { world, groups, change } = given([]);
    await groups.start();
    world.broken = 'one';
    await change('one');
    expect(world.faults).toHaveLength(1);
  });
});
