import { IsFlag, IsParts, IsTool } from '../values/decorators.js';
import { ContextValue, KnownDestination } from '../values/parts.js';
import { OfGrant } from '../values/attempt.js';
import { defineEvent } from '../define-event.js';
import { SAMPLE } from '../values/samples.js';

/** What a tool returned has changed what is known of a run: its taint, facts, or the destinations that a look-up vouches for. */
export class ContextObservedV1 extends OfGrant {
  @IsTool() tool!: string;
  /** From here on the run has read what others wrote, or data of a class that must not leave unseen. */
  @IsFlag() untrusted!: boolean;
  @IsFlag() sensitive!: boolean;
  @IsParts(() => KnownDestination) vouched!: KnownDestination[];
  @IsParts(() => ContextValue) facts!: ContextValue[];
}

export const contextObservedV1 = defineEvent({
  type: 'countersign.context.observed',
  version: 1,
  topic: 'decisions',
  dataClass: ContextObservedV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    tool: 'crm.customer.get',
    untrusted: true,
    sensitive: true,
    vouched: [{ kind: 'email', value: 'ada@example.com' }],
    facts: [{ name: 'tier', text: 'gold', at: '2026-01-02T03:04:05.000Z' }],
  },
});
