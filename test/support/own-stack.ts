import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, readStackState, stackDown, type ProcessIdentity, type StackState } from '@countersign/stack';
import { memoryFolder } from '@countersign/testing';

/** PostgreSQL runs as an account of its own and has to reach its folder. */
const REACHABLE = 0o755;

/** A folder for a stack of one spec's own. */
export interface OwnStack {
  readonly dataDir: string;
  /** As `stack.json` says. */
  state(): StackState;
  /** The supervisor and every part. */
  processes(): readonly ProcessIdentity[];
  /** Ends whatever runs and removes the folder. */
  remove(): Promise<void>;
}

export const ownStack = (): OwnStack => {
  const folder = memoryFolder('countersign-own-');
  chmodSync(folder, REACHABLE);
  const dataDir = join(folder, 'data');
  const state = (): StackState => {
    const found = readStackState(dataDir);
    if (!found) throw new Error(`no stack is known in ${dataDir}`);
    return found;
  };
  return {
    dataDir,
    state,
    processes: () => [state().daemon, ...Object.values(state().parts)],
    remove: async () => {
      await stackDown(dataDir);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export const running = (processes: readonly ProcessIdentity[]): readonly number[] => processes.filter(isRunning).map(({ pid }) => pid);
