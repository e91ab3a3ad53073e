import { newEvent, orderingKey, partitionOf, type Cause, type Event, type Service } from '@countersign/contracts';
import { CountersignError, type Instant } from '@countersign/kernel';
import type { Outgoing } from './step.js';
import type { Unsigned, Wire } from './wire.js';

/** Kafka takes batches of up to 1 MiB; what one input gives rise to has to fit into one, behind what is there already. */
export const MAX_UNIT_BYTES = 480 * 1024;

/** What is written for one input, deadline or result: all of it or nothing. */
export interface Unit {
  /** What is handled; absent only where a person acts. */
  readonly trigger: Cause | undefined;
  /** The redrive that asked for it, if one did. */
  readonly redrive?: Cause | undefined;
  readonly outgoing: readonly Outgoing[];
  readonly traceparent?: string | undefined;
}

export interface Composed extends Unsigned {
  /** The event exactly as readers will see it, sharing nothing with the state of who made it. */
  readonly event: Event;
}

export interface ComposeOptions {
  readonly wire: Pick<Wire, 'encode'>;
  readonly service: Service;
  readonly now: Instant;
  /** Newest control that was in force when it was decided, or later; -1 for none. */
  readonly controlEpoch: number;
}

/** A header of a signed record takes up to this: signature, path of a tree of 256, key id, epoch. */
const HEADER_BYTES = 700;

export const sizeOf = ({ key, value }: Unsigned): number => value.length + (key?.length ?? 0) + HEADER_BYTES;

/** Events of a unit as bytes, in order; throws `EVENT_INVALID` and `EVENT_TOO_LARGE`. */
export const compose = ({ trigger, redrive, outgoing, traceparent }: Unit, { wire, service, now, controlEpoch }: ComposeOptions): readonly Composed[] => {
  const ordinals = new Map<string, number>();
  let bytes = 0;
  const composed = outgoing.map((given): Composed => {
    if (given.causes?.some(({ topic }) => topic === 'controls')) throw new CountersignError('EVENT_INVALID', 'controls are named by `controlepoch`, not as causes');
    const alike = `${given.type}\0${given.subject ?? given.step ?? given.run ?? ''}`;
    const ordinal = ordinals.get(alike) ?? 0;
    ordinals.set(alike, ordinal + 1);
    const causes = redrive ? [redrive, ...(given.causes ?? [])] : given.causes;
    // The union of all types does not fit the generic one; each member does.
    const made = newEvent({ ...(given as Outgoing & { readonly data: never }), causes, service, trigger, now, ordinal, controlEpoch });
    const result = { key: Buffer.from(orderingKey(given.tenant, given.workflow)), ...wire.encode(made), traceparent };
    bytes += sizeOf(result);
    return result;
  });
  if (bytes > MAX_UNIT_BYTES) throw new CountersignError('EVENT_TOO_LARGE', `${outgoing.length} events for one input have ${bytes} bytes, ${MAX_UNIT_BYTES} are allowed`);
  return composed;
};

/** Throws `EVENT_MISPLACED` where an event belongs into another partition than the one that is written. */
export const checkPartition = (composed: readonly Composed[], partition: number, partitions: number): void => {
  for (const { key, event } of composed) {
    if (key && partitionOf(key, partitions) !== partition) throw new CountersignError('EVENT_MISPLACED', `\`${event.type}\` belongs into another partition than ${partition}`);
  }
};
