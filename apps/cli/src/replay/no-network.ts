import childProcess, { ChildProcess } from 'node:child_process';
import { Socket as DatagramSocket } from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { Server, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import workerThreads from 'node:worker_threads';
import { CountersignError } from '@countersign/kernel';

/** All that leaves a process of Node by itself does so by one of these; a program or a thread that it starts would be a way around them. */
const WAYS_OUT: readonly { readonly of: object; readonly name: string; readonly isOut?: (target: object) => boolean }[] = [
  { of: Socket.prototype, name: 'connect' },
  // A connection that is kept open asks for none. Whether it is to another machine is known by its address: the terminal may be a pipe, which has none.
  { of: Socket.prototype, name: '_writeGeneric', isOut: (socket) => socket instanceof Socket && socket.remoteAddress !== undefined },
  { of: Server.prototype, name: 'listen' },
  { of: DatagramSocket.prototype, name: 'send' },
  { of: DatagramSocket.prototype, name: 'bind' },
  { of: ChildProcess.prototype, name: 'spawn' },
  ...['spawnSync', 'execSync', 'execFileSync'].map((name) => ({ of: childProcess, name })),
  { of: workerThreads, name: 'Worker' },
  ...[dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype].flatMap((of) => Object.getOwnPropertyNames(of).filter((name) => /^(lookup|resolve|reverse)/.test(name)).map((name) => ({ of, name }))),
];

/** A request that somebody makes in the background at the very end asks for its connection some turns later. */
const TURNS_AFTER = 10;

/**
 * Does something with the network shut: whatever asks for a connection, a name, a program or a thread meanwhile fails, and so does the work
 * itself, even where whoever asked keeps it quiet. The sandbox has nothing that would; this is what holds if that is ever wrong.
 */
export const withoutNetwork = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  let wasAsked = false;
  const asked = (): CountersignError => new CountersignError('INTERNAL', 'something in a sandbox asked for the network');
  const kept = WAYS_OUT.map(({ of, name, isOut = () => true }) => ({ of, name, isOut, before: Object.getOwnPropertyDescriptor(of, name) }));
  for (const { of, name, isOut, before } of kept) {
    // A function of the old kind: `new Worker` has to end in it, too.
    const refuse = function (this: object, ...given: readonly unknown[]): unknown {
      if (!isOut(this)) return Reflect.apply(before?.value as () => unknown, this, given);
      wasAsked = true;
      throw asked();
    };
    Object.defineProperty(of, name, { value: refuse, configurable: true, writable: true, enumerable: true });
  }
  syncBuiltinESMExports();
  const [done] = await Promise.allSettled([Promise.resolve().then(work)]);
  for (let turn = 0; turn < TURNS_AFTER; turn += 1) await nextTurn();
  for (const { of, name, before } of kept) if (before) Object.defineProperty(of, name, before);
  syncBuiltinESMExports();
  if (wasAsked) throw asked();
  if (done.status === 'rejected') throw done.reason;
  return done.value;
};
