import { eventId, timestamp, type Instant, type Principal, type RunId, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Event, EventData, EventType } from './catalogue.js';
import { CLAIM_TYPE, CLAIM_VERSION, type Claim } from './claim.js';
import type { ClaimV1 } from './claim.v1.js';
import { schemaId } from './define-event.js';
import { formatCause, type Cause } from './envelope.js';
import type { Owner, Service } from './flow.js';
import { servicePrincipal } from './principal.js';
import { versionsOf } from './published.js';

export interface NewEvent<Type extends EventType> {
  /** Who writes it; `operator` is the people's command line. */
  readonly service: Service | 'operator';
  /** What is handled: the first cause, and part of the id. Absent where a person acts: then `subject` must be unique. */
  readonly trigger?: Cause | undefined;
  readonly type: Type;
  readonly data: EventData<Type>;
  readonly tenant?: Tenant | undefined;
  readonly workflow?: Workflow | undefined;
  readonly run?: RunId | undefined;
  readonly step?: StepId | undefined;
  /** The service itself unless given. */
  readonly actor?: Principal | undefined;
  /** What the event is about, for its deterministic id; `step`, else `run`, unless given. */
  readonly subject?: string | undefined;
  /** Causes besides the trigger. */
  readonly causes?: readonly Cause[] | undefined;
  /** Offset in `controls` of the newest control in force; -1 where there is none. Services only. */
  readonly controlEpoch?: number | undefined;
  readonly now: Instant;
  /** Tells apart several events of one type and subject that one trigger gives rise to; 0 for the first. */
  readonly ordinal?: number;
}

const causesText = (trigger: Cause | undefined, others: readonly Cause[]): string => {
  const texts = new Set([...(trigger ? [trigger] : []), ...others].map(formatCause));
  return [...texts].join(' ');
};

/** A new event of the newest version of its type. Handling the same trigger again makes the same id. */
export const newEvent = <Type extends EventType>(given: NewEvent<Type>): Event<Type> => {
  const { service, trigger, type, tenant, workflow, run, step, controlEpoch = -1 } = given;
  const event = {
    actor: given.actor ?? servicePrincipal(service),
    causes: causesText(trigger, given.causes ?? []),
    ...(controlEpoch < 0 ? {} : { controlepoch: controlEpoch }),
    data: given.data,
    datacontenttype: 'application/json',
    dataschema: schemaId(type, versionsOf(type).at(-1)?.version ?? 1),
    id: eventId(service, trigger?.id ?? '', type, given.subject ?? step ?? run ?? '', given.ordinal ?? 0),
    ...(run === undefined ? {} : { run }),
    source: `/countersign/${service}`,
    specversion: '1.0',
    ...(step === undefined ? {} : { step }),
    ...(tenant === undefined ? {} : { tenant }),
    time: timestamp(given.now),
    type,
    ...(workflow === undefined ? {} : { workflow }),
  };
  return event as unknown as Event<Type>;
};

/** A new claim. Its id is made of the nonce: no two claims are alike. */
export const newClaim = ({ service, claim, now }: { readonly service: Owner; readonly claim: ClaimV1; readonly now: Instant }): Claim => ({
  actor: servicePrincipal(service),
  causes: '',
  data: claim,
  datacontenttype: 'application/json',
  dataschema: schemaId(CLAIM_TYPE, CLAIM_VERSION),
  id: eventId(service, '', CLAIM_TYPE, claim.nonce),
  source: `/countersign/${service}`,
  specversion: '1.0',
  time: timestamp(now),
  type: CLAIM_TYPE,
});
