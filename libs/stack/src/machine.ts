import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CountersignError } from '@countersign/kernel';
import { readStackEnvironment, WORKSPACE_ROOT, type StackEnvironment } from './environment.js';
import { findKafkaJars } from './jars.js';

interface Needs {
  readonly install: boolean;
  readonly jars: boolean;
  readonly java: boolean;
  readonly ports: boolean;
  readonly folders: readonly string[];
}

/** `scripts/lib/facts.mjs`: plain JavaScript, because it has to work before anything is installed. */
interface FactsModule {
  readFacts(needs: Needs): Promise<unknown>;
  missingParts(facts: unknown, needs: Needs): string[];
}

const isFactsModule = (module: unknown): module is FactsModule =>
  typeof module === 'object' && module !== null && typeof Reflect.get(module, 'readFacts') === 'function' && typeof Reflect.get(module, 'missingParts') === 'function';

const hasJars = (environment: StackEnvironment): boolean => {
  try {
    return findKafkaJars(environment) !== '';
  } catch {
    return false;
  }
};

/**
 * One line for each thing that the machine lacks to run a local stack, with what to do: the check of the bootstrap script,
 * for `doctor`. Java and Maven are not looked for when `KAFKA_BROKERS` names another Kafka. `folder` is where the stack has its data
 * or would have them.
 */
export const missingOnMachine = async (folder: string, environment: StackEnvironment = readStackEnvironment()): Promise<readonly string[]> => {
  const path = join(WORKSPACE_ROOT, 'scripts/lib/facts.mjs');
  const facts: unknown = await import(pathToFileURL(path).href);
  if (!isFactsModule(facts)) throw new CountersignError('INTERNAL', `\`${path}\` does not check the machine`);
  const isOwnKafka = environment.externalKafka === undefined;
  const needs: Needs = { install: false, jars: isOwnKafka && !hasJars(environment), java: isOwnKafka, ports: true, folders: [folder] };
  return facts.missingParts(await facts.readFacts(needs), needs);
};
