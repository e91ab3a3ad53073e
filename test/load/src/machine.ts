import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { kafkaVersion, WORKSPACE_ROOT } from '@countersign/stack';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  /** File system of the data, the same for both sides: one broker has the topics of both. */
  readonly disk: string;
}

/** The mount with the longest path that `folder` lies under, of `/proc/self/mounts`: `ext4 on /dev/vda`. */
export const fileSystemOf = (mounts: string, folder: string): string => {
  const found = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point = '']) => point === '/' || folder === point || folder.startsWith(`${point}/`))
    .sort(([, one = ''], [, other = '']) => other.length - one.length);
  const [device, , type] = found[0] ?? [];
  return device === undefined || type === undefined ? 'unknown' : `${type} on ${device}`;
};

const mountsText = (): string => {
  try {
    return readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    return '';
  }
};

export const describeMachine = (folder: string): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
  disk: fileSystemOf(mountsText(), folder),
});

const versionOf = (folder: string): string => (JSON.parse(readFileSync(join(WORKSPACE_ROOT, folder, 'package.json'), 'utf8')) as { readonly version: string }).version;

export const describeVersions = (): Readonly<Record<string, string>> => ({
  countersign: versionOf('.'),
  node: process.versions.node,
  kafka: kafkaVersion(),
  kafkajs: versionOf('node_modules/kafkajs'),
});

export const describeEngines = (): Readonly<Record<string, string>> => ({
  countersign: versionOf('.'),
  node: process.versions.node,
  'cedar-wasm': versionOf('node_modules/@cedar-policy/cedar-wasm'),
  'opa-wasm': versionOf('node_modules/@open-policy-agent/opa-wasm'),
});
