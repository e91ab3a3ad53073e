import { CountersignError, type Clock } from '@countersign/kernel';
import type { Lock, ObjectHistory, ObjectStore } from './object-store.js';
import { checkPath } from './paths.js';

interface Version {
  /** `undefined`: a delete marker. */
  readonly bytes: Buffer | undefined;
  readonly lock: Lock | undefined;
}

/** A bucket in memory, as strict as S3 with versions and Object Lock: for tests, which may also do to it what nobody should (`tamper`). */
export class MemoryStore implements ObjectStore {
  private readonly objects = new Map<string, Version[]>();

  constructor(private readonly clock: Clock) {}

  get(path: string): Promise<Buffer | undefined> {
    const bytes = this.newest(path)?.bytes;
    return Promise.resolve(bytes === undefined ? undefined : Buffer.from(bytes));
  }

  async create(path: string, bytes: Uint8Array, lock?: Lock): Promise<boolean> {
    await Promise.resolve();
    checkPath(path);
    // Also over a delete marker, as S3 does.
    if (this.newest(path)) return false;
    this.put(path, bytes, lock);
    return true;
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    await Promise.resolve();
    checkPath(path);
    this.put(path, bytes);
  }

  async *list(prefix: string): AsyncGenerator<string> {
    await Promise.resolve();
    for (const path of this.paths(prefix)) if (this.newest(path)?.bytes !== undefined) yield path;
  }

  async remove(path: string): Promise<void> {
    await Promise.resolve();
    const kept = this.objects.get(path)?.some(({ lock }) => lock !== undefined && lock.until > this.clock.now());
    if (kept) throw new CountersignError('ARCHIVE_LOCKED', `\`${path}\` is locked`);
    this.objects.delete(path);
  }

  async *history(prefix: string): AsyncGenerator<ObjectHistory> {
    await Promise.resolve();
    for (const path of this.paths(prefix)) {
      const versions = this.objects.get(path) ?? [];
      yield { path, versions: versions.filter(({ bytes }) => bytes !== undefined).length, isDeleted: this.newest(path)?.bytes === undefined };
    }
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Nothing is open.
  }

  /** What an attacker with every right does: a new version over an object, or a delete marker. */
  tamper(path: string, bytes: Uint8Array | undefined): void {
    if (bytes) this.put(path, bytes);
    else this.objects.get(path)?.push({ bytes: undefined, lock: undefined });
  }

  /** What an attacker does to a store that keeps no versions: these are the only bytes there ever were. */
  overwrite(path: string, bytes: Uint8Array): void {
    this.objects.set(path, [{ bytes: Buffer.from(bytes), lock: undefined }]);
  }

  /** The object was never there. */
  forget(path: string): void {
    this.objects.delete(path);
  }

  /** The same bucket once more, to be tampered with. */
  copy(): MemoryStore {
    const copy = new MemoryStore(this.clock);
    for (const [path, versions] of this.objects) copy.objects.set(path, [...versions]);
    return copy;
  }

  private newest(path: string): Version | undefined {
    return this.objects.get(path)?.at(-1);
  }

  private put(path: string, bytes: Uint8Array, lock?: Lock): void {
    const versions = this.objects.get(path) ?? [];
    versions.push({ bytes: Buffer.from(bytes), lock });
    this.objects.set(path, versions);
  }

  private paths(prefix: string): readonly string[] {
    return [...this.objects.keys()].filter((path) => path.startsWith(prefix)).toSorted();
  }
}
