/** The same for every JVM we start: a small heap, a quick start, and no file names lost to a `C` locale. */
export const JAVA_HINT = 'install a Java runtime, 17 or newer (for example `apt-get install openjdk-17-jre-headless`), or set KAFKA_BROKERS to use a Kafka of your own';

/** One node with a few thousand partitions at most: measured 215 MB resident with 512 MB allowed. */
export const DEFAULT_HEAP_MB = 512;

export const javaArguments = (libsDir: string, loggingFile: string, heapMb: number): string[] => [
  '-Xms128m',
  `-Xmx${heapMb}m`,
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
  `-Dlog4j2.configurationFile=${loggingFile}`,
  '-cp',
  `${libsDir}/*`,
];

/** The JVM decodes file names by locale, and `C` knows ASCII only. */
export const javaEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({ ...env, LC_ALL: 'C.UTF-8' });

/** One argument a line, quoted, as a Java argument file wants it: so that passwords do not show in the process table. */
export const javaArgumentFile = (args: readonly string[]): string => `${args.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join('\n')}\n`;
