import type { Mode, StopScope } from '@countersign/contracts';
import type { Instant, Principal } from '@countersign/kernel';

/** What is stopped, see `OfScope` of the contracts. */
export interface Scope {
  readonly scope: StopScope;
  readonly value: string;
}

interface StopOf extends Scope {
  /** Offset of the control. */
  readonly epoch: number;
  /** Kafka's time of the control. */
  readonly at: Instant;
  readonly by: Principal;
  readonly reason: string;
}

/** It is kept when it is lifted: what is older than it stays refused. */
export interface KillSwitch extends StopOf {
  readonly stands: boolean;
}

export interface ModeSetting extends StopOf {
  readonly mode: Mode;
  /** Epoch of the mode that a quorum let go with it; absent where one operator has set it. */
  readonly lifts?: number;
  /** How what had queued is let go. Absent: all of it, at once. */
  readonly everyMs?: number;
  readonly maxAgeMs?: number;
}

/** By `scopeKey`: the newest of each scope. */
export interface Stops {
  readonly kills: ReadonlyMap<string, KillSwitch>;
  readonly modes: ReadonlyMap<string, ModeSetting>;
  /** Epoch of the newest kill; -1 where there never was one. */
  readonly newestKill: number;
}

export const NO_STOPS: Stops = { kills: new Map(), modes: new Map(), newestKill: -1 };

/** What a stop may cover: an action, and the agent that acts. */
export interface StopTarget {
  readonly tenant: string;
  readonly workflow: string;
  readonly run: string;
  readonly tool: string;
  /** The agent's SPIFFE id, whose last segment is its contract. */
  readonly agent: string;
}

export const scopeKey = ({ scope, value }: Scope): string => `${scope}:${value}`;

/** As people write it: `all`, `tenant:acme`, `tool:payments.refund`. */
export const scopeText = (scope: Scope): string => (scope.scope === 'all' ? 'all' : scopeKey(scope));

/** Names in a scope's value. */
const NAMES: Readonly<Record<StopScope, number>> = { all: 0, tenant: 1, workflow: 2, run: 3, agent: 3, tool: 1 };

/** Whether a value has as many names as its scope. */
export const isScope = ({ scope, value }: Scope): boolean => {
  const names = value === '' ? [] : value.split('/');
  return names.length === NAMES[scope] && !names.includes('');
};

const keysOf = ({ tenant, workflow, run, tool, agent }: StopTarget): readonly string[] => {
  const desk = `${tenant}/${workflow}`;
  return ['all:', `tenant:${tenant}`, `workflow:${desk}`, `run:${desk}/${run}`, `agent:${desk}/${agent.slice(agent.lastIndexOf('/') + 1)}`, `tool:${tool}`];
};

/** Whether whoever answers for one scope answers for another. Tools belong to no tenant. */
export const scopeCovers = (outer: Scope, inner: Scope): boolean => {
  if (outer.scope === 'all' || scopeKey(outer) === scopeKey(inner)) return true;
  const holds = outer.scope === 'tenant' ? ['workflow', 'run', 'agent'] : outer.scope === 'workflow' ? ['run', 'agent'] : [];
  return holds.includes(inner.scope) && inner.value.startsWith(`${outer.value}/`);
};

/** The kill switch over a target that stands, or that is newer than `since`, lifted or not; the newest, where there are several. */
export const killOver = ({ kills }: Stops, target: StopTarget, since = Infinity): KillSwitch | undefined =>
  kills.size === 0 ? undefined : newest(keysOf(target).flatMap((key) => kills.get(key) ?? []).filter(({ stands, epoch }) => stands || epoch > since));

/** The mode that holds an effect on a target; `undefined` where nothing does. `safe` before `read-only`. */
export const modeOver = ({ modes }: Stops, target: StopTarget, effect: 'read' | 'write'): ModeSetting | undefined => {
  if (modes.size === 0) return undefined;
  const holding = keysOf(target).flatMap((key) => modes.get(key) ?? []).filter((setting) => isHeldBy(setting, effect));
  return newest(holding.filter(({ mode }) => mode === 'safe')) ?? newest(holding);
};

export const isHeldBy = (setting: Pick<ModeSetting, 'mode'> | undefined, effect: 'read' | 'write'): boolean => setting?.mode === 'safe' || (setting?.mode === 'read-only' && effect === 'write');

/** Everything that is not as usual, newest first. */
export const standingStops = ({ kills, modes }: Stops): readonly (KillSwitch | ModeSetting)[] =>
  [...[...kills.values()].filter(({ stands }) => stands), ...[...modes.values()].filter(({ mode }) => mode !== 'normal')].toSorted((a, b) => b.epoch - a.epoch);

const newest = <Of extends StopOf>(stops: readonly Of[]): Of | undefined => stops.toSorted((a, b) => b.epoch - a.epoch)[0];
