import type { LogRecord } from '@countersign/bus/client';
import { topicName, type Event } from '@countersign/contracts';
import { evolveDecisions, initialDecisions, type DecisionState } from '@countersign/domain';
import { days, type Instant } from '@countersign/kernel';
import type { Kafka } from '../connection/kafka.js';
import type { LogChecker } from '@countersign/audit';

/** The longest month, and a day for time zones: nothing older counts in a period of now. */
const LOOK_BACK = days(32);

/** Hears of each event once it is folded in. */
export type OnFolded = (state: DecisionState, event: Event, record: LogRecord) => void;

/** Policy's state of one partition, made of what policy wrote. */
export class DecisionFold {
  #state = initialDecisions();

  constructor(
    private readonly checker: LogChecker,
    private readonly onFolded: OnFolded = () => undefined,
  ) {}

  get state(): DecisionState {
    return this.#state;
  }

  /** Records of one partition in their order; `fromStart`: nothing before them was left out. */
  take(records: readonly LogRecord[], fromStart = false): void {
    for (const checked of this.checker.check(records, fromStart)) {
      if (checked.kind !== 'event') continue;
      const { event, record } = checked;
      this.#state = evolveDecisions(this.#state, event, { id: event.id, topic: 'decisions', offset: record.offset, sha256: '' });
      this.onFolded(this.#state, event, record);
    }
  }
}

/** What counts in a period of now, and where it ends. */
export const readDecisions = async ({ broker, namespace }: Kafka, partition: number, checker: LogChecker, now: Instant, onFolded?: OnFolded): Promise<{ readonly state: DecisionState; readonly fold: DecisionFold; readonly end: number }> => {
  const target = { topic: topicName(namespace, 'decisions'), partition };
  const [first, { end }] = await Promise.all([broker.offsetAt(target, now - LOOK_BACK), broker.offsets(target)]);
  const fold = new DecisionFold(checker, onFolded);
  await broker.read(target, first, end, (records) => fold.take(records, first === 0));
  return { state: fold.state, fold, end };
};
