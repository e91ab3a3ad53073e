import { newEvent, type Cause, type Event } from '@countersign/contracts';
import { deterministicId, type Instant } from '@countersign/kernel';
import type { Published } from './archived-partition.js';

/** What the anchor log is told of a checkpoint. Two writers of the same one make the same event. */
export const checkpointEvent = ({ topic, partition, checkpoint, note, last }: Omit<Published, 'cosign' | 'epoch'>, verifier: string, now: Instant): Event<'countersign.checkpoint.published'> => {
  const trigger: Cause = { id: deterministicId(topic, partition, last.offset), topic, partition, offset: last.offset, sha256: last.sha256 };
  const data = { topic, partition, next: last.offset + 1, verifier, checkpoint: note.toString() };
  return newEvent({ service: 'ledger', type: 'countersign.checkpoint.published', trigger, subject: `${checkpoint.origin}/${checkpoint.size}`, data, now });
};
