import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { javaMajor, missingParts, OLDEST_OWN_NODE, portFaultOn } from './lib/facts.mjs';
import { ROOT } from './lib/paths.mjs';
import { TASKS } from './lib/tasks.mjs';

const COMPLETE = { node: '20.20.2', platform: 'linux-x64', npm: '11.0.0', java: 17, maven: 'Apache Maven 3.8.7', freeGb: 50 };
const EVERYTHING = { install: true, jars: true, java: true };
const NOTHING = { install: false, jars: false, java: false };

describe('what is missing on the machine', () => {
  it('is nothing when all of it is there', () => {
    expect(missingParts(COMPLETE, EVERYTHING)).toEqual([]);
  });

  it('has one line for each thing, with what to do', () => {
    const missing = missingParts({ ...COMPLETE, npm: undefined, java: undefined, maven: undefined, freeGb: 1.25 }, EVERYTHING);
    expect(missing).toEqual([
      'npm is missing: it comes with Node, from https://nodejs.org',
      'Java is missing: install a JDK 17 or newer (`apt-get install openjdk-17-jdk-headless`, `brew install openjdk@17`), or set KAFKA_BROKERS to use a Kafka of your own',
      'Maven is missing: install it (`apt-get install maven`, `brew install maven`), or set KAFKA_BROKERS to use a Kafka of your own',
      'disk space is missing: 1.3 GB free, 3 GB are needed here',
    ]);
  });

  it('is a newer Java when there is an old one', () => {
    expect(missingParts({ ...COMPLETE, java: 11 }, EVERYTHING)).toEqual([expect.stringContaining('Java 17 or newer is needed, this is 11')]);
  });

  it('is nothing that is not needed', () => {
    const bare = { ...COMPLETE, npm: undefined, java: undefined, maven: undefined, freeGb: 0.6 };
    expect(missingParts(bare, NOTHING)).toEqual([]);
    expect(missingParts(bare, { ...NOTHING, java: true })).toEqual([expect.stringContaining('Java is missing')]);
    expect(missingParts({ ...bare, freeGb: 0.4 }, NOTHING)).toEqual(['disk space is missing: 0.4 GB free, 0.5 GB are needed here']);
  });

  it('is room where the data go, and not only where the project lies', () => {
    const disks = [{ folder: '/tmp', freeGb: 0.4 }, { folder: '/data', freeGb: 0.6 }];
    expect(missingParts({ ...COMPLETE, disks }, NOTHING)).toEqual(['disk space is missing: 0.4 GB free in `/tmp`, 0.5 GB are needed there: free some, or use another folder (TMPDIR, --data)']);
  });

  it('is a port that can be opened', () => {
    expect(missingParts({ ...COMPLETE, portFault: 'EPERM' }, NOTHING)).toEqual(['no port can be opened on 127.0.0.1 (EPERM): Kafka, PostgreSQL and the services listen there, so this process must be allowed to']);
  });

  it('is a newer Node where none comes with the packages', () => {
    expect(missingParts({ ...COMPLETE, platform: 'darwin-arm64', node: '22.17.9' }, NOTHING)).toEqual([
      'Node 22.18 or newer, and not 23, is needed on darwin-arm64, this is 22.17.9: install it from https://nodejs.org',
    ]);
    expect(missingParts({ ...COMPLETE, platform: 'darwin-arm64', node: '23.11.0' }, NOTHING)).toHaveLength(1);
    expect(missingParts({ ...COMPLETE, platform: 'darwin-arm64', node: '22.18.0' }, NOTHING)).toEqual([]);
    expect(missingParts({ ...COMPLETE, platform: 'darwin-arm64', node: '24.0.0' }, NOTHING)).toEqual([]);
  });
});

describe('what is said of Node', () => {
  const textOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
  const bootstrap = /OLDEST_NODE = (\d+)/.exec(textOf('scripts/bootstrap.mjs'))?.[1];

  it.each(['README.md', 'CONTRIBUTING.md'])('is the same in %s as what is checked', (page) => {
    expect(textOf(page)).toContain(`Linux with Node ${bootstrap} or newer, or macOS with Node ${OLDEST_OWN_NODE.join('.')} or newer (not 23)`);
  });

  it('is the same in package.json', () => {
    expect((JSON.parse(textOf('package.json')) as { engines: object }).engines).toEqual({ node: `>=${bootstrap}` });
  });
});

describe('the version of Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_392"', 8],
    ['openjdk version "25" 2025-09-16', 25],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.2" 2024-01-16', 21],
    ['The operation could not be completed', undefined],
  ])('in `%s` is %s', (text, major) => {
    expect(javaMajor(text)).toBe(major);
  });
});

describe('a port', () => {
  it('can be opened on the loopback interface, and on no address of another machine', async () => {
    expect(await portFaultOn()).toBeUndefined();
    // Kept for documentation by RFC 5737: nobody has it.
    expect(await portFaultOn('192.0.2.1')).toBe('EADDRNOTAVAIL');
  });
});

describe('where a task writes its data', () => {
  const foldersOf = (name: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): readonly string[] => TASKS[name]?.writes?.(args, env) ?? [];

  it('is the folder for what is temporary, for what ends with its data', () => {
    for (const [name, args] of [['test', []], ['verify', []], ['chaos', []], ['demo', ['--exit']]] as const) expect([name, foldersOf(name, args)]).toEqual([name, [tmpdir()]]);
  });

  it('is the folder that is named, or the project', () => {
    expect(foldersOf('countersign', ['dev', 'up', '--data', '/data/a'])).toEqual(['/data/a']);
    expect(foldersOf('countersign', ['dev', 'up', '--data=/data/b'], { COUNTERSIGN_HOME: '/data/c' })).toEqual(['/data/b']);
    expect(foldersOf('demo', [], { COUNTERSIGN_HOME: '/data/c' })).toEqual(['/data/c']);
    expect(foldersOf('countersign', ['dev', 'up'])).toEqual([]);
  });

  it('is of no matter to what only looks at a stack, or stops it', () => {
    for (const command of [['dev', 'down'], ['dev', 'logs'], ['doctor']]) expect(foldersOf('countersign', [...command, '--data', '/data/a'])).toEqual([]);
  });
});
