import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
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

/**
 * What has to be done, which decides what the machine must have.
 * @typedef {{ install: boolean, jars: boolean, java: boolean }} Needs
 *
 * What the machine has; `undefined` is "not found", and what is not needed is not looked for.
 * @typedef {{ node: string, platform: string, npm: string | undefined, java: number | undefined, maven: string | undefined, freeGb: number }} Facts
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
  return missing;
};

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
 * @returns {Facts}
 */
export const readFacts = (needs, env = process.env) => {
  const { bavail, bsize } = statfsSync(ROOT);
  const java = env.JAVA_HOME ? path.join(env.JAVA_HOME, 'bin/java') : 'java';
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    npm: needs.install ? versionOf('npm', ['--version']) : undefined,
    java: needs.java || needs.jars ? javaMajor(versionOf(java, ['-version']) ?? '') : undefined,
    maven: needs.jars ? versionOf('mvn', ['--version']) : undefined,
    freeGb: (bavail * bsize) / BYTES_PER_GB,
  };
};
