import type { Broker } from '@countersign/bus';
import { decodeEvent, orderingKey, partitionOf, topicName, type Event } from '@countersign/contracts';
import type { ExecutionWork } from '@countersign/domain';
import { CountersignError, sha256 } from '@countersign/kernel';

export type Grant = Event<'countersign.action.allowed'>;

/** Where the executor reads the grant that a piece of work is done under. */
export interface GrantSource {
  /** Throws where the record at the place is not the one that was verified when the work began. */
  grantOf(work: Pick<ExecutionWork, 'jti' | 'grant' | 'tenant' | 'workflow'>): Promise<Grant>;
}

export interface GrantLogOptions {
  readonly broker: Pick<Broker, 'read'>;
  readonly namespace: string;
  readonly partitions: number;
}

/** Reads grants from `decisions`. The hash in the own, signed `attempt.started` says that it is the record that was verified. */
export class GrantLog implements GrantSource {
  constructor(private readonly options: GrantLogOptions) {}

  async grantOf({ jti, grant, tenant, workflow }: Pick<ExecutionWork, 'jti' | 'grant' | 'tenant' | 'workflow'>): Promise<Grant> {
    const { broker, namespace, partitions } = this.options;
    const target = { topic: topicName(namespace, 'decisions'), partition: partitionOf(orderingKey(tenant, workflow), partitions) };
    let found: Grant | undefined;
    await broker.read(target, grant.offset, grant.offset + 1, (records) => {
      for (const { value } of records) {
        if (!value || sha256(value) !== grant.sha256) continue;
        const event = decodeEvent(value);
        if (event.type === 'countersign.action.allowed' && event.data.jti === jti) found = event;
      }
    });
    if (!found) throw new CountersignError('NOT_FOUND', `the grant \`${jti}\` is not at its place in the log`);
    return found;
  }
}
