import { IsFlag, IsPart, IsParts, IsTool, Optional } from '../values/decorators.js';
import { ContextValue, KnownDestination, UndoHash } from '../values/parts.js';
import { OfGrant } from '../values/attempt.js';
import { defineEvent } from '../define-event.js';
import { SAMPLE } from '../values/samples.js';

/** What a tool returned has changed what is known of a run: its taint, facts, the destinations that a look-up vouches for, or what would undo what was done. */
export class ContextObservedV1 extends OfGrant {
  @IsTool() tool!: string;
  /** From here on the run has read what others wrote, or data of a class that must not leave unseen. */
  @IsFlag() untrusted!: boolean;
  @IsFlag() sensitive!: boolean;
  @IsParts(() => KnownDestination) vouched!: KnownDestination[];
  @IsParts(() => ContextValue) facts!: ContextValue[];
  /** The only call by which this action may be undone; absent where its tool contract names none. */
  @Optional() @IsPart(() => UndoHash) undo?: UndoHash;
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
    undo: { tool: 'payments.refund.reverse', argsHash: SAMPLE.fileHash },
  },
});
