import { jsonBytes } from '@countersign/kernel';

/**
 * What an event has room for. It holds 48 KiB, and its envelope (names, ids, causes) takes less than 4. Whatever grows with what a task,
 * a tool or a person says is measured before it is written, so that it ends in an answer and not as a dead letter.
 */
export const ROOM_FOR_DATA = 44 * 1024;

/** A proposal leaves this much for what policy says beside the action: reasons, or rules and what the grant names. */
const ROOM_FOR_DECISION = 8 * 1024;
export const ROOM_FOR_PROPOSAL = ROOM_FOR_DATA - ROOM_FOR_DECISION;
/** The rest of a decision (hashes, principals, roles) takes less than 2 KiB. */
export const ROOM_FOR_REASONS = ROOM_FOR_DECISION - 2 * 1024;

/**
 * What one input gives rise to is written at once, 480 KiB at most. Beside proposals that is the start of the run or what was observed, its
 * end, and a note of each step that is skipped: 270 KiB for the longest playbook (`MAX_PLAYBOOK_STEPS`).
 */
export const ROOM_FOR_PROPOSALS = 192 * 1024;

/** The end of a run has its reason, and the names of the task, beside its side effects. */
export const ROOM_FOR_SIDE_EFFECTS = 30 * 1024;

/** A vote with a reason of 500 letters, or one with its delegation and a short reason; as many as the largest quorum leave 8 KiB for the action. */
export const MAX_VOTE_BYTES = 2_400;

/** The first items that fit into so many bytes of JSON together. */
export const fitting = <Item>(items: readonly Item[], room: number): Item[] => {
  let left = room;
  const end = items.findIndex((item) => {
    left -= jsonBytes(item) + 1;
    return left < 0;
  });
  return items.slice(0, end < 0 ? items.length : end);
};

/** The beginning of a text; half of a character would be no JSON. */
export const cut = (text: string, length: number): string => text.slice(0, length).toWellFormed();
