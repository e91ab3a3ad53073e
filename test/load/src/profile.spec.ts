import { describe, expect, it } from 'vitest';
import { selfTimes, type CpuProfile } from './profile.js';

const node = (id: number, functionName: string, url = '', lineNumber = -1): CpuProfile['nodes'][number] => ({ id, callFrame: { functionName, url, lineNumber } });

const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(root)'),
    node(2, '(idle)'),
    node(3, 'parse', 'file:///somewhere/libs/contracts/dist/codec.js', 45),
    node(4, 'send', 'file:///somewhere/node_modules/kafkajs/src/network/socket.js', 9),
    node(5, 'parse', 'file:///somewhere/libs/contracts/dist/codec.js', 45),
    node(6, '(garbage collector)'),
  ],
  samples: [2, 3, 4, 5, 6, 2],
  timeDeltas: [1_000, 200, 300, 400, 100, 9_000],
};

describe('a profile', () => {
  it('is the time on top of the stack by function, most first, and no idle time', () => {
    expect(selfTimes(PROFILE)).toEqual([
      { name: 'parse libs/contracts/dist/codec.js:46', micros: 600 },
      { name: 'send kafkajs/src/network/socket.js:10', micros: 300 },
      { name: '(garbage collector)', micros: 100 },
    ]);
  });
});
