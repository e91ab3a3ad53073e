import { CLOUDEVENTS_JSON, encodeClaim, HEADERS, newClaim, signBatch, type Epoch, type Owner, type Signer } from '@countersign/contracts';
import type { NewRecord, Unsigned } from '@countersign/bus';
import { signerOf } from '@countersign/identity';
import { sha256, systemClock } from '@countersign/kernel';
import { KEYS } from './desk.ts';
import { NAMESPACE, type World } from './world.ts';

export interface Seal {
  readonly local: string;
  readonly partition: number;
  readonly epoch: Epoch;
  readonly firstSeq: number;
  readonly signer: Signer;
}

/** Records as they are signed for a place, whoever signs and wherever they are put then. */
export const seal = ({ local, partition, epoch, firstSeq, signer }: Seal, records: readonly Unsigned[]): NewRecord[] => {
  const signatures = signBatch({ topic: `${NAMESPACE}.${local}`, partition, epoch, firstSeq, records, signer });
  return records.map(({ key, value }, index) => ({ key, value, headers: { [HEADERS.contentType]: CLOUDEVENTS_JSON, [HEADERS.epoch]: String(epoch), [HEADERS.signature]: signatures[index] ?? '' } }));
};

/** Whoever has the password and the key of an owner service: it claims, and writes what every reader takes for the service's. */
export class Writer {
  readonly signer: Signer;
  readonly #places = new Map<number, { epoch: number; seq: number }>();
  #claims = 0;

  constructor(
    private readonly world: World,
    private readonly service: Owner,
    readonly local: string,
  ) {
    this.signer = signerOf(service, KEYS[service].key);
  }

  /** The next epoch of a partition; gives the claim as it was written. */
  claim(partition: number): NewRecord {
    const [record] = seal({ local: this.local, partition, epoch: 'claim', firstSeq: 0, signer: this.signer }, [this.nextClaim(partition)]);
    if (!record) throw new Error('nothing was signed');
    this.#places.set(partition, { epoch: this.world.append(this.local, partition, [record]), seq: 0 });
    return record;
  }

  /** A claim of the next epoch that is not signed yet; no two are alike. */
  nextClaim(partition: number): Unsigned {
    this.#claims += 1;
    const after = this.#places.get(partition)?.epoch ?? -1;
    const claim = newClaim({ service: this.service, now: systemClock.now(), claim: { member: 'm', instance: 'i', nonce: sha256(`${this.local}/${partition}/${this.#claims}`).slice(0, 22), key: this.signer.key, after } });
    return { key: null, value: encodeClaim(claim) };
  }

  place(partition: number): { epoch: number; seq: number } {
    const place = this.#places.get(partition);
    if (!place) throw new Error(`partition ${partition} is not claimed`);
    return place;
  }

  /** Signs the next records of the epoch: they have to be appended, in their order. */
  next(partition: number, records: readonly Unsigned[]): NewRecord[] {
    const place = this.place(partition);
    const sealed = seal({ local: this.local, partition, epoch: place.epoch, firstSeq: place.seq, signer: this.signer }, records);
    place.seq += records.length;
    return sealed;
  }
}
