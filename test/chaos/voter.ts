import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOUDEVENTS_JSON, encodeEvent, HEADERS, newEvent, orderingKey, partitionOf, topicName, type Action, type Preview } from '@countersign/contracts';
import type { KafkaBroker } from '@countersign/bus';
import { humanPrincipal, keyIdOf, rawPublicKeyOf, signAsPerson } from '@countersign/identity';
import { systemClock, type Sha256 } from '@countersign/kernel';
import type { ChaosStack } from './stack.ts';
import { cannotFollow } from '../support/cannot-follow.ts';

/** Long enough that people are asked while something dies. */
const THINKING_MS = 300;
const AGAIN_MS = 100;
const VOTER = humanPrincipal('approver');

interface Asked {
  readonly approval: string;
  readonly action: Action;
  readonly actionHash: string;
  /** In what asks: what would change is still being looked at. */
  readonly preview?: 'pending' | Pick<Preview, 'kind' | 'hash'>;
}

/** The person of the stack: says yes to what is asked, and no where the reason of the refund says that it should be disapproved. */
export class Voter {
  readonly #stack: ChaosStack;
  readonly #broker: KafkaBroker;
  readonly #key: KeyObject;
  readonly #asked = new Map<string, Asked>();
  readonly #answered = new Set<string>();
  #closers: (() => Promise<void>)[] = [];
  #closed = false;

  constructor(stack: ChaosStack) {
    this.#stack = stack;
    this.#broker = stack.kafka('operator');
    this.#key = createPrivateKey(readFileSync(join(stack.dir, 'keys/approver.pem'), 'utf8'));
  }

  async start(): Promise<void> {
    const topic = topicName(this.#stack.namespace, 'approvals');
    for (let partition = 0; partition < this.#stack.partitions; partition += 1) {
      const followed = await this.#broker.follow({ topic, partition }, 0, {
        onRecords: (records) => {
          for (const { value } of records) {
            const { type, data } = JSON.parse(String(value)) as { readonly type: string; readonly data: Asked };
            if (type === 'countersign.approval.requested') this.#asked.set(data.approval, data);
            const asked = this.#asked.get(data.approval);
            const isShown = type === 'countersign.approval.previewed' || (type === 'countersign.approval.requested' && data.preview === undefined);
            if (!asked || !isShown || this.#answered.has(data.approval)) continue;
            this.#answered.add(data.approval);
            void this.#vote(asked, data.preview);
          }
        },
        onEnd: () => undefined,
        onFault: cannotFollow,
      });
      this.#closers.push(() => followed.close());
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#closers.map((close) => close()));
    await this.#broker.close();
  }

  async #vote({ approval, action, actionHash }: Asked, preview: Asked['preview']): Promise<void> {
    const shown = typeof preview === 'object' && preview.kind !== 'none' ? { previewHash: preview.hash } : {};
    const { tenant, workflow, run, step, args } = action;
    const choice = JSON.stringify(args['reason']).includes('disapproved') ? 'deny' : 'approve';
    await sleep(THINKING_MS);
    const event = newEvent({
      service: 'operator',
      type: 'countersign.ballot.cast',
      data: { approval, actionHash: actionHash as Sha256, choice, voter: VOTER, reason: `chaos says ${choice}`, ...shown },
      tenant,
      workflow,
      run,
      step,
      actor: VOTER,
      subject: `${approval} ${VOTER}`,
      now: systemClock.now(),
    });
    const value = encodeEvent(event);
    const key = orderingKey(tenant, workflow);
    const target = { topic: topicName(this.#stack.namespace, 'ballots'), partition: partitionOf(key, this.#stack.partitions) };
    const jws = signAsPerson(value, this.#key, keyIdOf(rawPublicKeyOf(this.#key)));
    while (!this.#closed) {
      try {
        await this.#broker.append(target, [{ key: Buffer.from(key), value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.personSignature]: jws } }]);
        return;
      } catch {
        await sleep(AGAIN_MS);
      }
    }
  }
}
