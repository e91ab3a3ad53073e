import { Socket as DatagramSocket } from 'node:dgram';
import { Socket } from 'node:net';
import { CountersignError } from '@countersign/kernel';

const refuse = (): never => {
  throw new CountersignError('INTERNAL', 'something in a sandbox asked for the network');
};

/**
 * Does something with the network shut: whatever asks for a connection meanwhile fails. The sandbox has nothing that would; this is what
 * holds if that is ever wrong.
 */
export const withoutNetwork = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const { connect } = Socket.prototype;
  const { send, bind } = DatagramSocket.prototype;
  Object.assign(Socket.prototype, { connect: refuse });
  Object.assign(DatagramSocket.prototype, { send: refuse, bind: refuse });
  try {
    return await work();
  } finally {
    Object.assign(Socket.prototype, { connect });
    Object.assign(DatagramSocket.prototype, { send, bind });
  }
};
