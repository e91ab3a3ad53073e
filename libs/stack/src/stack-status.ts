import { millis } from '@countersign/kernel';
import type { PartState } from './keep-running.js';
import { isRunning } from './process-table.js';
import { isStackRunning, orphansOf, readStackState, type PartRecord, type StackFailure, type StackPhase } from './stack-state.js';

/** A service answers its health check from memory. */
const HEALTH_DEADLINE = millis(1_000);

export interface PartStatus {
  readonly name: string;
  /** `dead`: it should run and does not, and nobody will start it again. */
  readonly state: PartState | 'dead';
  readonly pid: number;
  readonly restarts: number;
  /** What its health check says; left out for a part that has none or does not run. */
  readonly healthy?: boolean;
  readonly http?: string;
  readonly reason?: string;
  readonly logFile: string;
}

export interface StackStatus {
  /** `none`: no stack ever ran here; `killed`: the process that ran it is gone and left others running. */
  readonly phase: StackPhase | 'none' | 'killed';
  readonly step: string;
  /** Everything that should run does, and says it is well. */
  readonly healthy: boolean;
  readonly kafka?: { readonly external: boolean; readonly brokers: readonly string[] };
  readonly failure?: StackFailure;
  readonly parts: readonly PartStatus[];
}

const isHealthy = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(HEALTH_DEADLINE) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
};

const partStatus = async (name: string, part: PartRecord, isKept: boolean): Promise<PartStatus> => {
  const runs = isRunning(part);
  const expected = part.state === 'ready' || part.state === 'starting' || part.state === 'restarting';
  const { pid, restarts, logFile, http, reason, healthUrl } = part;
  return {
    name,
    state: expected && !runs && !isKept ? 'dead' : part.state,
    pid,
    restarts,
    logFile,
    ...(http === undefined ? {} : { http }),
    ...(reason === undefined ? {} : { reason }),
    ...(healthUrl === undefined || !runs ? {} : { healthy: await isHealthy(healthUrl) }),
  };
};

/** Looks at each process and asks each service how it is. Starts and stops nothing. */
export const stackStatus = async (stackDir: string): Promise<StackStatus> => {
  const state = readStackState(stackDir);
  if (!state) return { phase: 'none', step: 'no stack was started here', healthy: false, parts: [] };
  const isKept = isStackRunning(state);
  const over = state.phase === 'stopped' || state.phase === 'failed';
  const phase = isKept || (over && orphansOf(state).length === 0) ? state.phase : 'killed';
  const parts = await Promise.all(Object.entries(state.parts).map(([name, part]) => partStatus(name, part, isKept)));
  return {
    phase,
    step: state.step,
    healthy: phase === 'ready' && parts.every((part) => part.state === 'ready' && part.healthy !== false),
    ...(state.kafka ? { kafka: state.kafka } : {}),
    ...(state.failure ? { failure: state.failure } : {}),
    parts,
  };
};
