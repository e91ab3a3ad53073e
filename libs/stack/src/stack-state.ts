import { join } from 'node:path';
import { isJsonObject } from '@countersign/kernel';
import type { PartReport } from './keep-running.js';
import { readJson, writePrivateJson } from './private-file.js';
import { isProcessIdentity, isRunning, stopByPid, type ProcessIdentity } from './process-table.js';
import { SERVICE_STOP_DEADLINE } from './service-process.js';

export type StackPhase = 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed';

export interface StackFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** One part as `stack.json` has it. */
export interface PartRecord extends PartReport {
  readonly logFile: string;
  /** What stops it without harm. */
  readonly stopSignal: NodeJS.Signals;
  /** Answers GET with 2xx while the part is well. */
  readonly healthUrl?: string;
}

/** `stack.json`: written by the process that runs the stack, with each change; read by everybody else. */
export interface StackState {
  readonly schema: 1;
  readonly phase: StackPhase;
  /** What is being done now, for people. */
  readonly step: string;
  /** The process that runs the stack. */
  readonly daemon: ProcessIdentity;
  readonly failure?: StackFailure;
  readonly kafka?: { readonly external: boolean; readonly brokers: readonly string[] };
  /** The URL holds the password: the file is its owner's only. */
  readonly postgres?: { readonly external: boolean; readonly url: string };
  readonly parts: Readonly<Record<string, PartRecord>>;
}

/** Services take longest to stop by themselves; after this a part is killed. */
const ORPHAN_STOP_DEADLINE = SERVICE_STOP_DEADLINE;

export const stackFiles = (stackDir: string): { state: string; lock: string; log: string; kafka: string; postgres: string } => ({
  state: join(stackDir, 'stack.json'),
  lock: join(stackDir, 'stackd.lock'),
  log: join(stackDir, 'stackd.log'),
  kafka: join(stackDir, 'kafka'),
  postgres: join(stackDir, 'postgres'),
});

const isState = (value: unknown): value is StackState =>
  isJsonObject(value) &&
  value['schema'] === 1 &&
  typeof value['phase'] === 'string' &&
  typeof value['step'] === 'string' &&
  isProcessIdentity(value['daemon']) &&
  isJsonObject(value['parts']) &&
  Object.values(value['parts']).every(isProcessIdentity);

/** What `stack.json` says, or `undefined` if no stack ever ran here. It may speak of processes that are gone. */
export const readStackState = (stackDir: string): StackState | undefined => readJson(stackFiles(stackDir).state, isState);

export const writeStackState = (stackDir: string, state: StackState): void => writePrivateJson(stackFiles(stackDir).state, state);

/** Whether the process that runs the stack is alive. */
export const isStackRunning = (state: StackState | undefined): state is StackState => state !== undefined && isRunning(state.daemon);

/** Of a stack whose own process is gone: the parts it left running. */
export const orphansOf = (state: StackState | undefined): Array<[name: string, part: PartRecord]> =>
  Object.entries(state?.parts ?? {}).filter(([, part]) => isRunning(part));

/** What the services stand on: started before them and stopped after them. */
export const KAFKA_PART = 'kafka';
export const POSTGRES_PART = 'postgres';
const isInfrastructure = (name: string): boolean => name === KAFKA_PART || name === POSTGRES_PART;

const stopAll = async (parts: readonly PartRecord[]): Promise<void> => {
  await Promise.all(parts.map((part) => stopByPid(part, { signal: part.stopSignal, deadline: ORPHAN_STOP_DEADLINE })));
};

/** Stops them, services first: they still have something to say to Kafka. Answers their names. */
export const stopOrphans = async (state: StackState | undefined): Promise<string[]> => {
  const orphans = orphansOf(state);
  await stopAll(orphans.filter(([name]) => !isInfrastructure(name)).map(([, part]) => part));
  await stopAll(orphans.filter(([name]) => isInfrastructure(name)).map(([, part]) => part));
  return orphans.map(([name]) => name);
};
