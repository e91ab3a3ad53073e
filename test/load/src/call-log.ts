import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

/** Names the file in which the stub writes down each call that it gets; none is written down where it is not set. */
export const CALLS_VARIABLE = 'BENCH_CALLS_FILE';

/** Milliseconds since 1970, finer than `Date.now()`: two processes of one machine compare them. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

/** When the stub was called for what, as far as its file has been written: `<milliseconds> <idempotency key>` in each line. */
export class CallLog {
  private position = 0;
  private rest = '';

  constructor(private readonly path: string) {}

  /** What has come since it was last asked. */
  take(): readonly { readonly at: number; readonly key: string }[] {
    if (!existsSync(this.path)) return [];
    const size = statSync(this.path).size;
    const bytes = Buffer.alloc(size - this.position);
    const file = openSync(this.path, 'r');
    try {
      this.position += readSync(file, bytes, 0, bytes.length, this.position);
    } finally {
      closeSync(file);
    }
    const lines = `${this.rest}${bytes.toString('latin1')}`.split('\n');
    this.rest = lines.pop() ?? '';
    return lines.map((line) => {
      const [at = '', key = ''] = line.split(' ');
      return { at: Number(at), key };
    });
  }
}
