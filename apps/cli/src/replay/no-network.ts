import { Socket as DatagramSocket } from 'node:dgram';
import { Socket } from 'node:net';
import { CountersignError } from '@countersign/kernel';

const refuse = (): never => {
  throw new CountersignError('INTERNAL', 'something in a sandbox asked for the network');
};

/** All that leaves a process of Node by itself does so by one of these. */
const WAYS_OUT = [
  { of: Socket.prototype, name: 'connect' },
  { of: DatagramSocket.prototype, name: 'send' },
  { of: DatagramSocket.prototype, name: 'bind' },
] as const;

/**
 * Does something with the network shut: whatever asks for a connection meanwhile fails. The sandbox has nothing that would; this is what
 * holds if that is ever wrong.
 */
export const withoutNetwork = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const kept = WAYS_OUT.map(({ of, name }) => ({ of, name, before: Object.getOwnPropertyDescriptor(of, name) }));
  for (const { of, name } of kept) Object.defineProperty(of, name, { value: refuse, configurable: true, writable: true });
  try {
    return await work();
  } finally {
    for (const { of, name, before } of kept) if (before) Object.defineProperty(of, name, before);
  }
};
