import type { EventId, Principal, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';

/** CloudEvents 1.0, structured JSON mode: the Kafka value is the whole event. Attributes are scalars. */
export interface Envelope<Type extends string = string, Data = unknown> {
  readonly specversion: '1.0';
  readonly id: EventId;
  readonly type: Type;
  /** `urn:countersign:<type without prefix>:<version>`; the version is never guessed from the shape of the data. */
  readonly dataschema: string;
  /** `/countersign/<service>`; no namespace, so that a replay keeps it. */
  readonly source: string;
  /** RFC 3339, when the writer decided. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Absent on controls and claims, which belong to no tenant. */
  readonly tenant?: Tenant;
  readonly workflow?: Workflow;
  readonly run?: RunId;
  readonly step?: StepId;
  readonly actor: Principal;
  /** Space-separated `Cause`s, the one that was handled first; empty where nothing caused the event. */
  readonly causes: string;
  /**
   * Offset in `controls` of the newest control that was in force for the writer, a service; absent where there was none. Whoever
   * reads the event waits until it has read that one too: it may be what the event rests on.
   */
  readonly controlepoch?: number;
  readonly data: Data;
}

/** One entry of `causes`: `<event id>@<topic>/<offset>#<sha256>` in the same partition, `<topic>/<partition>/<offset>` for doors and controls. */
export interface Cause {
  readonly id: string;
  /** Topic without its namespace. */
  readonly topic: string;
  /** Only where the partition can differ from the event's own. */
  readonly partition?: number;
  readonly offset: number;
  readonly sha256: string;
}

/** Ids of upstreams hold anything: what does not fit is percent-encoded. Ours are unchanged. */
export const formatCause = (cause: Cause): string =>
  `${encodeURIComponent(cause.id.toWellFormed())}@${cause.topic}/${cause.partition === undefined ? '' : `${cause.partition}/`}${cause.offset}#${cause.sha256}`;

const CAUSE = /^([A-Za-z0-9_.!~*'()%-]{1,2000})@([a-z0-9.-]{1,200})\/(?:(\d{1,9})\/)?(\d{1,15})#([0-9a-f]{64})$/;
const ONE_CAUSE = "[A-Za-z0-9_.!~*'()%-]{1,2000}@[a-z0-9.-]{1,200}\\/(?:\\d{1,9}\\/)?\\d{1,15}#[0-9a-f]{64}";

/** What `causes` looks like as a whole. */
export const CAUSES_PATTERN = new RegExp(`^(?:${ONE_CAUSE}(?: ${ONE_CAUSE})*)?$`);

const decoded = (id: string): string | undefined => {
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
};

/** Causes of an event; `undefined` where the text is not as it must be. */
export const parseCauses = (text: string): readonly Cause[] | undefined => {
  if (text === '') return [];
  const causes: Cause[] = [];
  for (const part of text.split(' ')) {
    const [, encoded = '%', topic, partition, offset, sha256] = CAUSE.exec(part) ?? [];
    const id = decoded(encoded);
    if (id === undefined || topic === undefined || offset === undefined || sha256 === undefined) return undefined;
    causes.push({ id, topic, offset: Number(offset), sha256, ...(partition === undefined ? {} : { partition: Number(partition) }) });
  }
  return causes;
};

/** Kafka headers: transport facts only. */
export const HEADERS = {
  contentType: 'content-type',
  traceparent: 'traceparent',
  /** Offset of the writer's claim, `claim` on a claim, `-` on topics without claims. */
  epoch: 'cs-epoch',
  /** Batch signature of a service, see batch-signature.ts. */
  signature: 'cs-sig',
  /** Detached JWS of a person (space-separated where several signed) over the value's bytes: controls and ballots. */
  personSignature: 'cs-jws',
} as const;

export const CLOUDEVENTS_JSON = 'application/cloudevents+json; charset=utf-8';

/** A tlog entry holds 65,535 bytes; 48 KiB leave room for the record's other parts. */
export const MAX_EVENT_BYTES = 48 * 1024;
