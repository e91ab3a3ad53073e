import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findKafkaJars, readStackEnvironment } from '@countersign/stack';
import { cleanEnvironment } from '../support/cli.ts';
import { inWorkspace } from '../support/workspace.ts';

/** The Python binding whose wheel brings librdkafka along. */
const CONFLUENT_KAFKA = 'confluent-kafka==2.11.0';
const INSTALL_DEADLINE_MS = 90_000;

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

export interface ToSend {
  readonly brokers: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly topic: string;
  readonly records: readonly { readonly compression: Compression; readonly value: string }[];
  /** Read the answers too, with this group, until each of these tasks has ended. */
  readonly answers?: { readonly topic: string; readonly group: string; readonly tasks: readonly string[] };
}

const run = (command: string, args: readonly string[], input: string, env: Readonly<Record<string, string>> = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: cleanEnvironment(env), stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(Buffer.concat(out).toString()) : reject(new Error(`${command} ended with ${code}: ${Buffer.concat(err).toString()}`))));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });

/** The Java client that comes with the broker's own jars. */
export const sendWithJava = ({ brokers, username, password, topic, records }: ToSend): Promise<string> => {
  const lines = [brokers.join(','), username, password, topic, ...records.map(({ compression, value }) => `${compression}\t${value}`)];
  return run(readStackEnvironment().java, ['-XX:TieredStopAtLevel=1', '-cp', join(findKafkaJars(), '*'), inWorkspace('test/interop/Producer.java')], `${lines.join('\n')}\n`);
};

/** librdkafka through Python, with the package in `packages`. */
export const sendWithPython = (packages: string, { brokers, answers, ...rest }: ToSend): Promise<string> => {
  const asked = answers === undefined ? {} : { outcomes: answers.topic, group: answers.group, awaited: answers.tasks };
  return run('python3', [inWorkspace('test/interop/producer.py')], JSON.stringify({ ...rest, brokers: brokers.join(','), ...asked }), { PYTHONPATH: packages });
};

/** Folder with the Python package, installed into the cache once; or why there is none. */
export const pythonClient = (): { readonly packages: string } | { readonly missing: string } => {
  const version = spawnSync('python3', ['-c', 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")'], { encoding: 'utf8' });
  if (version.status !== 0) return { missing: 'skipped: there is no python3' };
  const { cacheDir } = readStackEnvironment();
  const packages = join(cacheDir, `python-${version.stdout.trim()}-${CONFLUENT_KAFKA}`);
  if (existsSync(packages)) return { packages };
  mkdirSync(cacheDir, { recursive: true });
  const part = mkdtempSync(join(cacheDir, 'python-'));
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--only-binary', ':all:', '--target', part, CONFLUENT_KAFKA];
  const installed = spawnSync('python3', pip, { encoding: 'utf8', timeout: INSTALL_DEADLINE_MS });
  if (installed.status === 0) {
    renameSync(part, packages);
    return { packages };
  }
  rmSync(part, { recursive: true, force: true });
  return { missing: `skipped: pip cannot install ${CONFLUENT_KAFKA}` };
};
