import type { LogRecord } from '@countersign/bus/client';
import type { Event } from '@countersign/contracts';
import { evolveDecisions, initialDecisions, isAmong, type DecisionState } from '@countersign/domain';
import type { Root } from '@countersign/identity';
import { sha256 } from '@countersign/kernel';
import type { Kafka } from '../../connection/kafka.js';
import { foldControlLog } from '../../controls/control-log.js';
import { LogChecker } from '@countersign/audit';
import { partitionsOf } from '../../log/places.js';

const DECISIONS = ['countersign.action.allowed', 'countersign.action.denied', 'countersign.approval.required'] as const;

/** An answer of policy to a proposal, to votes, or to a grant that could not be used. */
export type DecisionEvent = Event<(typeof DECISIONS)[number]>;

/** A decision on the log, and what policy knew when it wrote it. */
export interface Decided {
  readonly event: DecisionEvent;
  /** Folded in place as the walk goes on: of use until the visitor returns. */
  readonly state: DecisionState;
}

export interface Walked {
  /** Records of `decisions` that were read. */
  readonly read: number;
  /** Those that fail a check: nobody acts on them, and they change nothing here. */
  readonly bad: number;
}

export interface Walk {
  readonly root: Root;
  /** Of `controls`, as they were read. */
  readonly controls: readonly LogRecord[];
  readonly visit: (decided: Decided) => void;
  /** Told after each batch. */
  readonly onProgress?: (partition: number, partitions: number, read: number) => void;
}

/** Nothing is written here that would name the event as its cause. */
const UNUSED = sha256('');

/**
 * Goes through all decisions that Kafka keeps, each partition in its order, and folds them as policy does. Memory holds what was open at
 * one time, however long the log is.
 */
export const walkDecisions = async (kafka: Kafka, { root, controls, visit, onProgress }: Walk): Promise<Walked> => {
  const checker = new LogChecker(kafka, root, foldControlLog(controls, root).state);
  const targets = partitionsOf(kafka, 'decisions', []);
  let read = 0;
  let bad = 0;
  for (const [index, target] of targets.entries()) {
    let state = initialDecisions();
    const { start, end } = await kafka.broker.offsets(target);
    await kafka.broker.read(target, start, end, (records) => {
      for (const checked of checker.check(records, start === 0)) {
        if (checked.kind === 'bad') bad += 1;
        if (checked.kind !== 'event') continue;
        const { event, topic, record } = checked;
        if (isAmong(event, DECISIONS)) visit({ event, state });
        state = evolveDecisions(state, event, { id: event.id, topic, offset: record.offset, sha256: UNUSED });
      }
      read += records.length;
      onProgress?.(index + 1, targets.length, read);
    });
  }
  return { read, bad };
};

/** Whether it answers a proposal, at once or after it was put off: not votes, and not a grant that was given before. */
export const isFirst = ({ event, state }: Decided): boolean => {
  const { actionHash } = event.data;
  if (event.type === 'countersign.action.allowed' && event.data.approval !== undefined) return false;
  const waited = state.waiting.byAction.get(actionHash);
  return waited ? !waited.approved && !waited.grant : !state.open.has(actionHash);
};
