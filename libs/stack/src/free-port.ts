import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { CountersignError } from '@countersign/kernel';

export const LOOPBACK = '127.0.0.1';

/** Below it are the ports of well-known services. */
const LOWEST = 15_000;
/** Where the system's own range starts when it does not say so: the least of Linux (32768) and macOS (49152). */
const EPHEMERAL_START = 32_768;
const ATTEMPTS = 200;

/**
 * Ports are taken from below the range the system uses for outgoing connections. A client that tries again and again to
 * reach a server that is down would otherwise connect to itself one day, and the server could not come back to its port.
 */
const highest = (): number => {
  try {
    const start = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
    return start > LOWEST + 1_000 ? start : EPHEMERAL_START;
  } catch {
    return EPHEMERAL_START;
  }
};

/** Whether this process could listen on the port of the loopback interface now. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** What the local stack lacks then is on this machine, and nothing that it could do itself. */
const NO_PORT_HINT = 'see who listens (`ss -ltn`, `lsof -iTCP -sTCP:LISTEN`) and end what is not needed; `countersign doctor` says whether this process may listen at all';

/** `count` different ports that nobody listens on now. Somebody else can still be faster: retry with others when listening fails. */
export const freePorts = async (count: number, isFree = isPortFree): Promise<number[]> => {
  const found = new Set<number>();
  const end = highest();
  for (let attempt = 0; attempt < ATTEMPTS && found.size < count; attempt += 1) {
    const port = randomInt(LOWEST, end);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size < count) throw new CountersignError('STACK_START_FAILED', `no ${count} free ports between ${LOWEST} and ${end} on ${LOOPBACK}`, { retry: 'later', hint: NO_PORT_HINT });
  return [...found];
};

export const freePort = async (): Promise<number> => {
  const [port] = await freePorts(1);
  if (port === undefined) throw new CountersignError('STACK_START_FAILED', 'no free port', { retry: 'later', hint: NO_PORT_HINT });
  return port;
};

/** The ports kept from an earlier start if all of them are free, otherwise new ones. */
export const keptOrFreePorts = async (kept: readonly number[] | undefined, count: number): Promise<number[]> => {
  if (kept?.length === count) {
    const free = await Promise.all(kept.map(isPortFree));
    if (free.every(Boolean)) return [...kept];
  }
  return freePorts(count);
};
