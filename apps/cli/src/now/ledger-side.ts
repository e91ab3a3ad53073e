import { messageOf, seconds, type Instant } from '@countersign/kernel';
import type { Ledger } from '../ledger/ledger-client.js';
import type { Attention } from '../ledger/shapes.js';
import { Interrupted } from '../terminal/failure.js';
import type { Freshness, Situation } from './situation.js';

/** Where nothing happens, deadlines pass all the same. */
const ASK_AT_LEAST_EVERY = seconds(5);
/** The ledger is a tenth of a second behind the log, and takes far less to answer: more than this is worth a word. */
const PATIENCE = seconds(3);

type Ends = ReadonlyMap<string, number>;

const missing = (ends: Ends, { positions }: Attention): number => {
  const at = new Map(positions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]));
  return [...ends].reduce((sum, [place, end]) => sum + Math.max(0, end - (at.get(place) ?? 0)), 0);
};

/** What the ledger says, and for how long it can be believed. Its clock is whoever asks's: the machine of the ledger may have another. */
export class LedgerSide {
  #attention: Attention | undefined;
  #asked: Instant | undefined;
  #underWay: Instant | undefined;
  #newsAsked = -1;
  #failed: { readonly since: Instant; readonly message: string } | undefined;
  /** Where the log ended at a time, and the ledger has not come to. */
  #behind: { readonly since: Instant; readonly ends: Ends; readonly records: number } | undefined;

  constructor(
    private readonly ledger: Pick<Ledger, 'attention'>,
    private readonly tenant: string | undefined,
    private readonly now: () => Instant,
  ) {}

  get attention(): Attention | undefined {
    return this.#attention;
  }

  /** Whether what it said holds all that lay before these places, or it cannot be had. */
  isAt(ends: Ends): boolean {
    return this.#attention !== undefined && missing(ends, this.#attention) === 0;
  }

  /** Asks where something has happened since, something was missing, or it has not been asked for a while; never twice at once. */
  async askIfDue(news: number, ends: Ends): Promise<void> {
    const now = this.now();
    const isDue = news !== this.#newsAsked || this.#behind !== undefined || this.#failed !== undefined || now - (this.#asked ?? 0) >= ASK_AT_LEAST_EVERY;
    if (this.#underWay !== undefined || !isDue) return;
    this.#underWay = this.#asked = now;
    this.#newsAsked = news;
    try {
      this.#take(await this.ledger.attention({ tenant: this.tenant }), ends);
      this.#failed = undefined;
    } catch (fault) {
      // Whoever gives up has no answer to complain of.
      if (fault instanceof Interrupted) return;
      this.#failed ??= { since: now, message: messageOf(fault) };
    } finally {
      this.#underWay = undefined;
    }
  }

  #take(attention: Attention, ends: Ends): void {
    this.#attention = attention;
    const now = this.now();
    const before = this.#behind;
    if (before && missing(before.ends, attention) > 0) {
      this.#behind = { ...before, records: missing(ends, attention) };
      return;
    }
    const records = missing(ends, attention);
    this.#behind = records > 0 ? { since: now, ends: new Map(ends), records } : undefined;
  }

  freshness(): Freshness {
    const now = this.now();
    if (this.#failed) return { is: 'silent', ...this.#failed };
    if (this.#underWay !== undefined && now - this.#underWay >= PATIENCE) return { is: 'silent', since: this.#underWay, message: 'it has been asked' };
    if (this.#behind && now - this.#behind.since >= PATIENCE) return { is: 'behind', records: this.#behind.records, since: this.#behind.since };
    return { is: 'current' };
  }

  situation(): Pick<Situation, 'attention' | 'ledger'> {
    return { ...(this.#attention && { attention: this.#attention }), ledger: this.freshness() };
  }
}
