import { statSync } from 'node:fs';
import { messageOf } from '@countersign/kernel';
import type { Logger } from '@countersign/telemetry';
import { readConnections, type Connection } from './connections.js';

/** What of a file tells that it is another one now: a file that is put in place of it has another number. */
const markOf = (path: string): string => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? [found.ino, found.size, found.mtimeNs].join(' ') : 'none';
};

/**
 * The connections by name, as the file has them now: a connection that is added, exchanged or taken away counts from the next call. While the
 * file is not as it must be, what was read last counts, and the log says so once.
 */
export class ConnectionsFile {
  private mark: string;
  private connections: ReadonlyMap<string, Connection>;

  /** Throws `CONFIG_INVALID`: nothing starts with a file that cannot be used. */
  constructor(
    private readonly path: string,
    private readonly log: Pick<Logger, 'error'>,
  ) {
    // Before it is read: what changes meanwhile is read again.
    this.mark = markOf(path);
    this.connections = readConnections(path);
  }

  get(name: string): Connection | undefined {
    const mark = markOf(this.path);
    if (mark !== this.mark) {
      this.mark = mark;
      this.readAgain();
    }
    return this.connections.get(name);
  }

  private readAgain(): void {
    try {
      this.connections = readConnections(this.path);
    } catch (fault) {
      this.log.error('the connections file has changed and cannot be used; what was read before counts', { reason: messageOf(fault) });
    }
  }
}
