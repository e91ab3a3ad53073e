import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hashOf } from './hash.mjs';
import { withLock } from './lock.mjs';
import { cacheDir, POM } from './paths.mjs';
import { run, SetUpError } from './run.mjs';

/**
 * The pom is the one place that names the version.
 * @param {string} pom
 */
export const versionIn = (pom) => {
  const version = /<kafka\.version>([^<]+)</.exec(pom)?.[1];
  if (!version) throw new SetUpError('`deploy/local/kafka/pom.xml` names no `kafka.version`');
  return version;
};

const BROKER_JAR = /^kafka_2\.13-.*\.jar$/;

/**
 * Whether the folder holds all that this pom asks for. The stamp is written after everything else.
 * @param {string} folder
 * @param {string} pom
 */
export const isComplete = (folder, pom) => {
  const stamp = path.join(folder, 'pom.sha256');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(pom) && readdirSync(path.join(folder, 'libs')).some((name) => BROKER_JAR.test(name));
};

/**
 * Puts the jars that `fill` brings into `<cache>/kafka-<version>`, whole or not at all: an interrupted run leaves a folder
 * of another name, which the next one removes.
 * @param {string} cache
 * @param {string} pom
 * @param {(libs: string) => Promise<unknown>} fill
 */
export const putInCache = async (cache, pom, fill) => {
  const name = `kafka-${versionIn(pom)}`;
  const folder = path.join(cache, name);
  const temporary = path.join(cache, `.${name}.new`);
  const former = path.join(cache, `.${name}.former`);
  for (const left of [temporary, former]) rmSync(left, { recursive: true, force: true });
  mkdirSync(path.join(temporary, 'libs'), { recursive: true });
  await fill(path.join(temporary, 'libs'));
  writeFileSync(path.join(temporary, 'pom.sha256'), hashOf(pom));
  if (!isComplete(temporary, pom)) throw new SetUpError('Maven ended well, but the broker is not among the jars');
  if (existsSync(folder)) renameSync(folder, former);
  renameSync(temporary, folder);
  rmSync(former, { recursive: true, force: true });
};

/** Whether the cache holds the jars, or somebody brings their own. */
export const areJarsThere = (env = process.env) => {
  if (env.COUNTERSIGN_KAFKA_LIBS) return true;
  const pom = readFileSync(POM, 'utf8');
  return isComplete(path.join(cacheDir(env), `kafka-${versionIn(pom)}`), pom);
};

/** @param {(holder: string) => void} onWait */
export const fetchJars = (onWait, env = process.env) =>
  withLock(
    path.join(cacheDir(env), 'kafka.lock'),
    async () => {
      if (areJarsThere(env)) return;
      await putInCache(cacheDir(env), readFileSync(POM, 'utf8'), (libs) =>
        run('mvn', ['-B', '-q', '-ntp', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${libs}`]),
      );
    },
    onWait,
  );
