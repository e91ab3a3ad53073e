import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { downloadWithGo, freePorts, readStackEnvironment, runGo } from '../../libs/stack/src/index.js';

/** A server of S3 with versions and Object Lock, that keeps objects in a folder. */
const MODULE = 'github.com/versity/versitygw';
const VERSION = 'v1.8.0';
const ACCESS = { accessKeyId: 'countersign-test', secretAccessKey: 'countersign-test-secret' };
const START_MS = 20_000;

/** Builds it into the cache once; says why not where there is no Go, or no way to what it is built of. */
export const buildVersitygw = async (): Promise<{ readonly program: string } | { readonly missing: string }> => {
  const folder = join(readStackEnvironment(process.env).cacheDir, `versitygw-${VERSION}`);
  const program = join(folder, 'versitygw');
  if (existsSync(program)) return { program };
  const found = await downloadWithGo('versitygw', () => runGo(['mod', 'download', `${MODULE}@${VERSION}`]).then(() => ({})));
  if ('missing' in found) return { missing: `skipped: ${found.missing}` };
  await runGo(['install', `${MODULE}/cmd/versitygw@${VERSION}`], { GOBIN: folder });
  return { program };
};

export class S3Server {
  private constructor(
    readonly url: string,
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(program: string): Promise<S3Server> {
    const folder = mkdtempSync(join(tmpdir(), 'versitygw-'));
    const [data, versions] = [join(folder, 'data'), join(folder, 'versions')];
    for (const each of [data, versions]) mkdirSync(each);
    const [port = 0] = await freePorts(1);
    const child = spawn(program, ['--port', `127.0.0.1:${port}`, 'posix', '--versioning-dir', versions, data], { stdio: 'ignore', env: { ROOT_ACCESS_KEY_ID: ACCESS.accessKeyId, ROOT_SECRET_ACCESS_KEY: ACCESS.secretAccessKey } });
    const ended = once(child, 'exit');
    const url = `http://127.0.0.1:${port}`;
    for (const end = performance.now() + START_MS; ; await sleep(20)) {
      if (await fetch(url).then(() => true, () => false)) break;
      if (performance.now() > end || child.exitCode !== null) throw new Error('versitygw does not answer');
    }
    return new S3Server(url, async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
  }

  client(url = this.url): S3ClientConfig {
    return { endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials: ACCESS };
  }

  /** What makes a stack of its own archive into a bucket. */
  environment(bucket: string): Readonly<Record<string, string>> {
    return { ARCHIVE_URL: `s3://${bucket}/archive?endpoint=${this.url}&region=us-east-1`, AWS_ACCESS_KEY_ID: ACCESS.accessKeyId, AWS_SECRET_ACCESS_KEY: ACCESS.secretAccessKey };
  }

  /** With versions and Object Lock unless told otherwise. */
  async bucket(name: string, { locks = true, versions = true }: { readonly locks?: boolean; readonly versions?: boolean } = {}): Promise<string> {
    const client = new S3Client(this.client());
    await client.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: locks }));
    if (versions) await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }));
    client.destroy();
    return name;
  }

  close(): Promise<void> {
    return this.stop();
  }
}

/** What becomes of a request on its way: nothing, an answer of the way's own, an answer that comes late, that ends half-way, or never. */
export type Trouble = 'none' | 'half' | 'cut' | 'lost' | { readonly status: number } | { readonly lateMs: number };

/** A way to the server on which things go wrong. `lost`: the server does it, and its answer never comes. */
export class BadWay {
  /** Asked for each request. */
  next: () => Trouble = () => 'none';

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(target: string): Promise<BadWay> {
    const server = createServer((incoming, outgoing) => void way.pass(new URL(target), incoming, outgoing));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const way: BadWay = new BadWay(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return way;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(target: URL, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const trouble = this.next();
    const body: Buffer[] = [];
    for await (const chunk of incoming) body.push(chunk as Buffer);
    if (trouble === 'cut') {
      incoming.socket.destroy();
      return;
    }
    if (typeof trouble === 'object' && 'status' in trouble) {
      outgoing.writeHead(trouble.status).end();
      return;
    }
    if (typeof trouble === 'object') await sleep(trouble.lateMs);
    const forward = request({ host: target.hostname, port: target.port, method: incoming.method, path: incoming.url, headers: incoming.headers });
    forward.end(Buffer.concat(body));
    const [answer] = (await once(forward, 'response')) as [IncomingMessage];
    const answered: Buffer[] = [];
    for await (const chunk of answer) answered.push(chunk as Buffer);
    if (trouble === 'lost') {
      incoming.socket.destroy();
      return;
    }
    const whole = Buffer.concat(answered);
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    if (trouble !== 'half' || whole.length < 2) {
      outgoing.end(whole);
      return;
    }
    outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => incoming.socket.destroy());
  }
}
