import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { ROOT } from './paths.mjs';

/** Kafka 4's brokers need Java 17. */
const OLDEST_JAVA = 17;
/** Packages take 0.7 GB, the jars and Maven's own copy of them 0.1 GB; the rest is for builds, logs and data. */
const FRESH_DISK_GB = 3;
/** Enough for the data of a demo. */
const WARM_DISK_GB = 0.5;
/** Without a Node that comes with the packages: the oldest that runs TypeScript files without a flag, as `npm run chaos` and the tests do. */
export const OLDEST_OWN_NODE = [22, 18];
/** Out of support; its first versions run no TypeScript, and the test runner takes none of them. */
const UNFIT_NODE = 23;
/** The platforms whose Node comes with the packages. */
const BUNDLED_NODE = ['linux-x64', 'linux-arm64'];
const BYTES_PER_GB = 1e9;
/** All that the local stack opens is on it. */
const LOOPBACK = '127.0.0.1';

/**
 * What has to be done, which decides what the machine must have.
 * `folders`: where data are written, there already or not. `ports`: something is going to listen.
 * @typedef {{ install: boolean, jars: boolean, java: boolean, ports?: boolean, folders?: readonly string[] }} Needs
 *
 * A disk that is written to, other than that of the project.
 * @typedef {{ folder: string, freeGb: number }} Disk
 *
 * What the machine has; `undefined` is "not found", and what is not needed is not looked for. `portFault`: why no port can be opened.
 * @typedef {{ node: string, platform: string, npm: string | undefined, java: number | undefined, maven: string | undefined, freeGb: number, disks?: readonly Disk[], portFault?: string }} Facts
 */

/**
 * The major version that `java -version` tells: 17 for `openjdk version "17.0.15"`, 8 for `java version "1.8.0_392"`.
 * @param {string} text
 * @returns {number | undefined}
 */
export const javaMajor = (text) => {
  const match = /version "(?:1\.)?(\d+)/.exec(text);
  return match ? Number(match[1]) : undefined;
};

/**
 * @param {string} version
 * @param {readonly number[]} oldest major and minor
 */
export const isAtLeast = (version, [oldestMajor, oldestMinor]) => {
  const [major, minor] = version.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
};

/** The machine's own Node is good enough for everything. */
export const isOwnNodeEnough = (version = process.versions.node) => isAtLeast(version, OLDEST_OWN_NODE) && Number(version.split('.')[0]) !== UNFIT_NODE;

const KAFKA_INSTEAD = 'or set KAFKA_BROKERS to use a Kafka of your own';

/**
 * One line for each thing that is missing: what, and what to do.
 * @param {Facts} facts
 * @param {Needs} needs
 * @returns {string[]}
 */
export const missingParts = (facts, needs) => {
  const missing = [];
  const isBundled = BUNDLED_NODE.includes(facts.platform);
  if (!isBundled && !isOwnNodeEnough(facts.node)) {
    missing.push(`Node ${OLDEST_OWN_NODE.join('.')} or newer, and not ${UNFIT_NODE}, is needed on ${facts.platform}, this is ${facts.node}: install it from https://nodejs.org`);
  }
  if (needs.install && facts.npm === undefined) missing.push('npm is missing: it comes with Node, from https://nodejs.org');
  if (needs.java || needs.jars) {
    if (facts.java === undefined) {
      missing.push(`Java is missing: install a JDK ${OLDEST_JAVA} or newer (\`apt-get install openjdk-17-jdk-headless\`, \`brew install openjdk@17\`), ${KAFKA_INSTEAD}`);
    } else if (facts.java < OLDEST_JAVA) {
      missing.push(`Java ${OLDEST_JAVA} or newer is needed, this is ${facts.java}: install one and set JAVA_HOME, ${KAFKA_INSTEAD}`);
    }
  }
  if (needs.jars && facts.maven === undefined) missing.push(`Maven is missing: install it (\`apt-get install maven\`, \`brew install maven\`), ${KAFKA_INSTEAD}`);
  const neededGb = needs.install || needs.jars ? FRESH_DISK_GB : WARM_DISK_GB;
  if (facts.freeGb < neededGb) missing.push(`disk space is missing: ${facts.freeGb.toFixed(1)} GB free, ${neededGb} GB are needed here`);
  for (const { folder, freeGb } of facts.disks ?? []) {
    if (freeGb < WARM_DISK_GB) missing.push(`disk space is missing: ${freeGb.toFixed(1)} GB free in \`${folder}\`, ${WARM_DISK_GB} GB are needed there: free some, or use another folder (TMPDIR, --data)`);
  }
  if (facts.portFault !== undefined) missing.push(`no port can be opened on ${LOOPBACK} (${facts.portFault}): Kafka, PostgreSQL and the services listen there, so this process must be allowed to`);
  return missing;
};

/**
 * The folder itself, or the nearest one above that is there.
 * @param {string} folder
 * @returns {string}
 */
const nearest = (folder) => (existsSync(folder) || path.dirname(folder) === folder ? folder : nearest(path.dirname(folder)));

/** @param {string} folder */
const freeGbOf = (folder) => {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / BYTES_PER_GB;
};

/**
 * The disks of folders, each once, without that of the project.
 * @param {readonly string[]} folders
 * @returns {Disk[]}
 */
const disksOf = (folders) => {
  const seen = new Set([statSync(ROOT).dev]);
  return folders.flatMap((folder) => {
    const there = nearest(path.resolve(folder));
    const { dev } = statSync(there);
    if (seen.has(dev)) return [];
    seen.add(dev);
    return [{ folder, freeGb: freeGbOf(there) }];
  });
};

/**
 * Why nothing can listen here, or `undefined` where something can.
 * @returns {Promise<string | undefined>}
 */
export const portFaultOn = (host = LOOPBACK) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (fault) => resolve('code' in fault ? String(fault.code) : fault.message));
    server.listen({ port: 0, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });

/**
 * What the program prints when asked for its version, or `undefined` when it cannot be run.
 * @param {string} command
 * @param {readonly string[]} args
 */
const versionOf = (command, args) => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? `${stdout}\n${stderr}`.trim() : undefined;
};

/**
 * @param {Needs} needs
 * @returns {Promise<Facts>}
 */
export const readFacts = async (needs, env = process.env) => {
  const java = env.JAVA_HOME ? path.join(env.JAVA_HOME, 'bin/java') : 'java';
  const portFault = needs.ports ? await portFaultOn() : undefined;
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    npm: needs.install ? versionOf('npm', ['--version']) : undefined,
    java: needs.java || needs.jars ? javaMajor(versionOf(java, ['-version']) ?? '') : undefined,
    maven: needs.jars ? versionOf('mvn', ['--version']) : undefined,
    freeGb: freeGbOf(ROOT),
    disks: disksOf(needs.folders ?? []),
    ...(portFault === undefined ? {} : { portFault }),
  };
};
