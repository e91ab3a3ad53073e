import type { Broker, LogRecord } from '@countersign/bus/client';
import type { Millis } from '@countersign/kernel';
import { Interrupted } from '../terminal/failure.js';
import type { Mark } from './places.js';

export interface WatchOptions {
  /** Absent: as long as the signal lets it. */
  readonly deadline?: Millis;
  readonly signal: AbortSignal;
}

/**
 * Reads on from the marks until `look` gives something, and gives that; `undefined` once the deadline, where there is one, has passed. Records of one
 * partition are handed over in their order. Throws `Interrupted`, and what `look` throws.
 */
export const watch = async <Found>(
  broker: Broker,
  marks: readonly Mark[],
  look: (records: readonly LogRecord[]) => Found | undefined,
  { deadline, signal }: WatchOptions,
): Promise<Found | undefined> => {
  const { promise, resolve, reject } = Promise.withResolvers<Found | undefined>();
  const stop = (): void => reject(new Interrupted());
  const timer = deadline === undefined ? undefined : setTimeout(() => resolve(undefined), deadline);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const follower = {
    onRecords: (records: readonly LogRecord[]): void => {
      try {
        const found = look(records);
        if (found !== undefined) resolve(found);
      } catch (fault) {
        reject(fault);
      }
    },
    onEnd: (): void => undefined,
    onFault: reject,
  };
  const open = marks.map(({ target, offset }) => broker.follow(target, offset, follower));
  try {
    await Promise.race([Promise.all(open), promise]);
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    const followers = await Promise.allSettled(open);
    await Promise.all(followers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.close()] : [])));
  }
};
