import type { Cause, Service } from '@countersign/contracts';

/** A person asks for a record to be handled once more. */
export interface Redrive {
  readonly service: Service;
  /** Topic without its namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka's timestamp of the control, milliseconds. */
  readonly at: number;
  /** The control itself, as a cause. */
  readonly control: Cause & { readonly partition: number };
}

type Place = Pick<Redrive, 'service' | 'topic' | 'partition'>;

const NONE: readonly Redrive[] = [];

const keyOf = ({ service, topic, partition }: Place): string => `${service}/${topic}/${partition}`;

/**
 * Redrives by place. Partitions look here in every round, and nearly always in vain: that costs one look-up, however many there
 * were. None is forgotten: when a record was last asked for tells whether a dead letter of it is new, without which it could be
 * handled twice. There are as many as people have signed.
 */
export class RedriveList {
  private readonly byPlace = new Map<string, Redrive[]>();

  /** In the order of the log. */
  add(redrive: Redrive): void {
    const key = keyOf(redrive);
    const known = this.byPlace.get(key);
    if (known) known.push(redrive);
    else this.byPlace.set(key, [redrive]);
  }

  /** Those of a place whose control lies after `after`, oldest first. */
  of(place: Place, after: number): readonly Redrive[] {
    const all = this.byPlace.get(keyOf(place)) ?? NONE;
    const newest = all.at(-1);
    if (!newest || newest.control.offset <= after) return NONE;
    return after < 0 ? all : all.filter(({ control }) => control.offset > after);
  }
}
