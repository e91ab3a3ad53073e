import { DeleteObjectCommand, GetBucketVersioningCommand, GetObjectCommand, GetObjectLockConfigurationCommand, ListObjectsV2Command, ListObjectVersionsCommand, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { CountersignError, minutes, seconds, type Clock } from '@countersign/kernel';
import type { Lock, ObjectHistory, ObjectStore } from './object-store.js';
import { checkPath } from './paths.js';

/** An object has at most some MiB: a store that takes longer is away. */
const REQUEST_TIMEOUT = seconds(10);
const CONNECT_TIMEOUT = seconds(3);
/** Locks are dates: one that a wrong clock has made holds for too short or too long. */
const MOST_CLOCK_SKEW = minutes(5);

export interface S3StoreOptions {
  readonly bucket: string;
  /** In front of every path, without a last `/`; empty for the whole bucket. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Endpoint, region and credentials; what is missing comes from where the AWS tools have it. */
  readonly client?: S3ClientConfig;
}

interface S3Fault {
  readonly name: string;
  readonly status: number | undefined;
}

const faultOf = (fault: unknown): S3Fault => {
  const { name = '', $metadata } = fault as { readonly name?: string; readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name, status: $metadata?.httpStatusCode };
};

const isMissing = (fault: unknown): boolean => {
  const { name, status } = faultOf(fault);
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket');
};

/** What a bucket says of itself that it has not got: 404, and 501 of servers that know no such thing. */
const isNotThere = (fault: unknown): boolean => [404, 501].includes(faultOf(fault).status ?? 0) && faultOf(fault).name !== 'NoSuchBucket';

const translate = (path: string, fault: unknown): CountersignError => {
  if (fault instanceof CountersignError) return fault;
  const { name, status } = faultOf(fault);
  const isFinal = status !== undefined && status >= 400 && status < 500 && ![408, 409, 429].includes(status) && name !== 'RequestTimeout';
  const what = `${name || 'no answer'}${status === undefined ? '' : ` (${status})`}`;
  if (isFinal) return new CountersignError('ARCHIVE_REFUSED', `the archive refuses \`${path}\`: ${what}`, { cause: fault });
  return new CountersignError('ARCHIVE_UNREACHABLE', `the archive does not answer for \`${path}\`: ${what}`, { retry: 'later', cause: fault });
};

/** The archive in a bucket of S3, or of a server that speaks it, with versions and Object Lock. */
export class S3Store implements ObjectStore {
  private readonly client: S3Client;

  constructor(private readonly options: S3StoreOptions) {
    this.client = new S3Client({ requestHandler: { requestTimeout: REQUEST_TIMEOUT, connectionTimeout: CONNECT_TIMEOUT, throwOnRequestTimeout: true }, ...options.client });
  }

  async get(path: string): Promise<Buffer | undefined> {
    try {
      const { Body: body, ContentLength: length } = await this.client.send(new GetObjectCommand(this.at(path)));
      const bytes = Buffer.from((await body?.transformToByteArray()) ?? []);
      if (length !== undefined && length !== bytes.length) throw new Error(`${bytes.length} of ${length} bytes came`);
      return bytes;
    } catch (fault) {
      if (isMissing(fault)) return undefined;
      throw translate(path, fault);
    }
  }

  async create(path: string, bytes: Uint8Array, lock?: Lock): Promise<boolean> {
    const locked = lock === undefined ? {} : { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: new Date(lock.until) };
    try {
      await this.client.send(new PutObjectCommand({ ...this.at(path), Body: bytes, IfNoneMatch: '*', ...locked }));
      return true;
    } catch (fault) {
      // 412 also for the second try of a first one whose answer was lost: then the bytes are ours, and whoever asked compares them.
      if (faultOf(fault).status === 412) return false;
      throw translate(path, fault);
    }
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    await this.client.send(new PutObjectCommand({ ...this.at(path), Body: bytes, CacheControl: 'no-cache' })).catch((fault: unknown) => {
      throw translate(path, fault);
    });
  }

  async *list(prefix: string): AsyncGenerator<string> {
    for (let token: string | undefined; ; ) {
      const page = await this.client.send(new ListObjectsV2Command({ Bucket: this.options.bucket, Prefix: this.key(prefix), ContinuationToken: token })).catch((fault: unknown) => {
        throw translate(prefix, fault);
      });
      for (const { Key: key } of page.Contents ?? []) if (key !== undefined) yield this.path(key);
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }

  /** Every version of it: removing the newest one alone would leave a marker, and free nothing. */
  async remove(path: string): Promise<void> {
    for await (const { key, version } of this.versions(path)) {
      if (key !== path || version === undefined) continue;
      await this.client.send(new DeleteObjectCommand({ ...this.at(path), VersionId: version })).catch((fault: unknown) => {
        const { name, status } = faultOf(fault);
        // AWS says 403; MinIO says 400 of the same thing.
        if (name === 'AccessDenied' || name === 'InvalidRequest' || status === 403) throw new CountersignError('ARCHIVE_LOCKED', `\`${path}\` is locked, or this key may not remove it`, { cause: fault });
        throw translate(path, fault);
      });
    }
  }

  async *history(prefix: string): AsyncGenerator<ObjectHistory> {
    let last: ObjectHistory | undefined;
    for await (const { key, isMarker, isLatest } of this.versions(prefix)) {
      if (last && last.path !== key) yield last;
      const known: ObjectHistory = last?.path === key ? last : { path: key, versions: 0, isDeleted: false };
      last = { path: key, versions: known.versions + (isMarker ? 0 : 1), isDeleted: known.isDeleted || (isMarker && isLatest) };
    }
    if (last) yield last;
  }

  async check(): Promise<void> {
    const bucket = { Bucket: this.options.bucket };
    const versioning = await this.ask(this.client.send(new GetBucketVersioningCommand(bucket)));
    if (versioning?.Status !== 'Enabled') throw this.unsuitable('has no versions');
    const locks = await this.ask(this.client.send(new GetObjectLockConfigurationCommand(bucket)));
    if (locks?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') throw this.unsuitable('has no Object Lock');
    await this.checkClock();
  }

  close(): void {
    this.client.destroy();
  }

  /** The store's own time stands in every answer; where it does not, nobody knows until when a lock holds. */
  private async checkClock(): Promise<void> {
    let date: string | undefined;
    const command = new ListObjectsV2Command({ Bucket: this.options.bucket, Prefix: this.key(''), MaxKeys: 1 });
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        date = (result.response as { readonly headers?: Readonly<Record<string, string>> }).headers?.['date'];
        return result;
      },
      { step: 'deserialize', name: 'dateOfTheStore', priority: 'low' },
    );
    await this.ask(this.client.send(command));
    const there = Date.parse(date ?? '');
    if (Number.isNaN(there)) throw new CountersignError('ARCHIVE_UNSUITABLE', 'the archive does not say what time it is there', { hint: 'let header `date` of its answers through: locks are dates' });
    const off = Math.abs(this.options.clock.now() - there);
    if (off > MOST_CLOCK_SKEW) throw new CountersignError('ARCHIVE_UNSUITABLE', `the clock of the archive and the clock here are ${Math.round(off / 1000)} s apart`, { hint: 'set the clock of this machine: locks are dates' });
  }

  private async ask<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await asked;
    } catch (fault) {
      if (isNotThere(fault)) return undefined;
      throw translate(this.options.bucket, fault);
    }
  }

  private async *versions(prefix: string): AsyncGenerator<{ readonly key: string; readonly version: string | undefined; readonly isMarker: boolean; readonly isLatest: boolean }> {
    for (let markers: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } = {}; ; ) {
      const page = await this.client.send(new ListObjectVersionsCommand({ Bucket: this.options.bucket, Prefix: this.key(prefix), ...markers })).catch((fault: unknown) => {
        throw translate(prefix, fault);
      });
      const found = [...(page.Versions ?? []).map((each) => ({ ...each, isMarker: false })), ...(page.DeleteMarkers ?? []).map((each) => ({ ...each, isMarker: true }))];
      for (const { Key: key = '', VersionId: version, IsLatest: isLatest, isMarker } of found.toSorted(({ Key: one = '' }, { Key: other = '' }) => (one < other ? -1 : one > other ? 1 : 0))) yield { key: this.path(key), version, isMarker, isLatest: isLatest === true };
      if (page.IsTruncated !== true) return;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }

  private unsuitable(why: string): CountersignError {
    return new CountersignError('ARCHIVE_UNSUITABLE', `bucket \`${this.options.bucket}\` ${why}`, { hint: 'make a bucket with versioning and Object Lock; Object Lock can hardly be added later' });
  }

  private at(path: string): { readonly Bucket: string; readonly Key: string } {
    checkPath(path);
    return { Bucket: this.options.bucket, Key: this.key(path) };
  }

  private key(path: string): string {
    return this.options.prefix === '' ? path : `${this.options.prefix}/${path}`;
  }

  private path(key: string): string {
    return this.options.prefix === '' ? key : key.slice(this.options.prefix.length + 1);
  }
}

