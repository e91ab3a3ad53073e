import { orderingKey, partitionOf, type Event } from '@countersign/contracts';
import type { Card, CardState } from '@countersign/domain';

/** More cards than this nobody has open; the oldest are forgotten first, and a press on them is told to be tried on the command line. */
const MOST = 20_000;

/**
 * The cards that this process has seen last, of all its partitions: what a press of a button is held against. A card of a partition that
 * somebody else has taken over may be behind; what is pressed on it is judged by the approvals service all the same.
 */
export class KnownCards {
  private readonly cards = new Map<string, Card>();
  private readonly listeners = new Set<(event: Event) => void>();
  private readonly restored = new Set<number>();

  /** How many partitions the topics of the namespace have. */
  constructor(private readonly partitions: number) {}

  get(card: string): Card | undefined {
    return this.cards.get(card);
  }

  /**
   * Whether a press on a card can be judged here: its partition has been restored by this process, or, where nobody knows the card, all of
   * them have. Until then a card that is not here may be, and one that is here may be as it was long ago.
   */
  isSureOf(card: string): boolean {
    const found = this.cards.get(card);
    return found ? this.restored.has(partitionOf(Buffer.from(orderingKey(found.tenant, found.workflow)), this.partitions)) : this.restored.size >= this.partitions;
  }

  /** Called with each own event. */
  onEvent(listener: (event: Event) => void): void {
    this.listeners.add(listener);
  }

  follow(state: CardState, event: Event): void {
    if ('card' in event.data && typeof event.data.card === 'string') this.put(state.cards.get(event.data.card));
    for (const listener of this.listeners) listener(event);
  }

  restore(state: CardState, partition: number): void {
    for (const card of state.cards.values()) this.put(card);
    this.restored.add(partition);
  }

  private put(card: Card | undefined): void {
    if (!card) return;
    this.cards.delete(card.card);
    this.cards.set(card.card, card);
    const [oldest] = this.cards.keys();
    if (this.cards.size > MOST && oldest !== undefined) this.cards.delete(oldest);
  }
}
