import type { Broker, Wire } from '@countersign/bus';
import { topicName, type Event, type Topic } from '@countersign/contracts';

export interface OwnEventWriterParts {
  readonly broker: Pick<Broker, 'append'>;
  readonly wire: Pick<Wire, 'encode' | 'seal'>;
  readonly namespace: string;
}

/** What the ledger itself has to say, as signed events. They belong to no tenant, so they have no key. */
export class OwnEventWriter {
  constructor(private readonly parts: OwnEventWriterParts) {}

  /** Resolves once they are in the log. */
  async write(topic: Topic, partition: number, events: readonly Event[]): Promise<void> {
    const { broker, wire, namespace } = this.parts;
    const target = { topic: topicName(namespace, topic), partition };
    const values = events.map((event) => ({ key: null, value: wire.encode(event).value }));
    await broker.append(target, wire.seal({ ...target, epoch: '-', firstSeq: 0 }, values));
  }
}
