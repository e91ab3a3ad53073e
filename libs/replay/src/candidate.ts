import type { ControlState } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import type { ControlTimeline } from './tape.js';

type FilesByHash = ControlState['files'];

const joined = <Key, Value>(then: ReadonlyMap<Key, Value>, candidate: ReadonlyMap<Key, Value>): ReadonlyMap<Key, Value> => new Map([...then, ...candidate]);

/** Files that something may be pinned to: those of then, and those of the candidate. */
const both = (then: FilesByHash, candidate: FilesByHash): FilesByHash => ({
  ...then,
  contract: joined(then.contract, candidate.contract),
  tool: joined(then.tool, candidate.tool),
  playbook: joined(then.playbook, candidate.playbook),
  policy: joined(then.policy, candidate.policy),
  tenant: joined(then.tenant, candidate.tenant),
});

/**
 * A candidate's contracts, tools, playbooks, rules and caps among everything else that was in force: keys, switches, modes, and the people
 * who approve. Only the files are what is tried.
 */
export const underCandidate = (timeline: ControlTimeline, candidate: ControlState): ((time: Instant) => { readonly epoch: number; readonly state: ControlState }) => {
  const mixed = new Map<ControlState, ControlState>();
  return (time) => {
    const { epoch, state } = timeline.atTime(time);
    const known = mixed.get(state) ?? mix(state, candidate);
    mixed.set(state, known);
    return { epoch, state: known };
  };
};

const mix = (then: ControlState, { files, active }: ControlState): ControlState => {
  if (!active || !then.active) return then;
  const { approvers: _, ...tried } = active;
  const { approvers } = then.active;
  return { ...then, files: both(then.files, files), active: { ...tried, ...(approvers && { approvers }) } };
};
