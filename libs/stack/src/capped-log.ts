import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** Two files of this size a service: some ten thousand lines, and never a full disk. */
export const LOG_CAP_BYTES = 4 * 1_048_576;

/** A log file that is moved to `<path>.1` when it is full. Writes at once, so that the last words of a process that died are there. */
export class CappedLog {
  private file: number;
  private size: number;

  constructor(
    readonly path: string,
    private readonly cap = LOG_CAP_BYTES,
  ) {
    this.file = openSync(path, 'a', 0o600);
    this.size = fstatSync(this.file).size;
  }

  write(bytes: string | Uint8Array): void {
    const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    if (this.size > 0 && this.size + chunk.length > this.cap) this.rotate();
    writeSync(this.file, chunk);
    this.size += chunk.length;
  }

  close(): void {
    closeSync(this.file);
  }

  private rotate(): void {
    closeSync(this.file);
    renameSync(this.path, `${this.path}.1`);
    this.file = openSync(this.path, 'a', 0o600);
    this.size = 0;
  }
}
