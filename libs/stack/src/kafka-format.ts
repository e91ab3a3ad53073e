import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignError } from '@countersign/kernel';
import { describeExit, startChild, tailOf } from './child.js';
import { JAVA_HINT, javaArgumentFile, javaArguments, javaEnvironment } from './java.js';
import { kafkaFiles, type KafkaMemory } from './kafka-files.js';
import { writePrivateFile } from './private-file.js';
import { makePrivateFolder } from './private-folder.js';

/** Whether the log folder holds what the last format made: a log on tmpfs is gone after a reboot. */
export const isFormatted = (memory: KafkaMemory | undefined): memory is KafkaMemory =>
  memory !== undefined && existsSync(join(memory.logDir, 'meta.properties'));

/** Makes an empty log with the users in it: kafkajs cannot add SCRAM users to a running broker. Throws `STACK_START_FAILED`. */
export const formatKafka = async (
  dataDir: string,
  memory: KafkaMemory,
  credentials: Readonly<Record<string, string>>,
  { java, libsDir, heapMb }: { readonly java: string; readonly libsDir: string; readonly heapMb: number },
): Promise<void> => {
  const files = kafkaFiles(dataDir);
  rmSync(files.memory, { force: true });
  rmSync(memory.logDir, { recursive: true, force: true });
  makePrivateFolder(memory.logDir);
  const users = Object.entries(credentials).flatMap(([name, password]) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]);
  writePrivateFile(
    files.arguments,
    javaArgumentFile([
      ...javaArguments(libsDir, files.logging, heapMb),
      'kafka.tools.StorageTool',
      'format',
      '-t',
      memory.clusterId,
      '-c',
      files.properties,
      ...users,
    ]),
  );
  const output = openSync(files.console, 'w', 0o600);
  try {
    const child = await startChild(java, [`@${files.arguments}`], { stdio: ['ignore', output, output], env: javaEnvironment(), hint: JAVA_HINT });
    const exit = await child.exited;
    if (exit.code !== 0) {
      throw new CountersignError('STACK_START_FAILED', `Kafka's data folder could not be formatted (${describeExit(exit)})\n${tailOf(files.console)}`);
    }
  } finally {
    closeSync(output);
    rmSync(files.arguments, { force: true });
  }
};
