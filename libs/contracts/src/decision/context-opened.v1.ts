import type { Principal } from '@countersign/kernel';
import { IsFlag, IsOffset, IsPart, IsParts, IsPrincipal, IsTexts, IsTimestamp, Optional } from '../values/decorators.js';
import { ConfigRef, ContextValue, StepRef } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Policy has seen the task of a run, as the gateway signed it: whom the run acts for, until when, and what the task says in its own words. */
export class ContextOpenedV1 {
  @IsPrincipal() subject!: Principal;
  /** The agent contract that the task was admitted under. */
  @IsPart(() => ConfigRef) contract!: ConfigRef;
  /** Newest control that the gateway had read when it admitted the task, -1 for none. A kill that is newer has ended the run, also where it was lifted before policy saw the task. */
  @IsOffset() taskEpoch!: number;
  /** Nothing is granted after it. */
  @IsTimestamp() deadline!: string;
  /** Texts and numbers of the task, without what others wrote; as many as there is room for. */
  @IsTexts(10_000) words!: string[];
  /** What the agent contract takes from the task for rules to speak of. */
  @IsParts(() => ContextValue) facts!: ContextValue[];
  /** The task brings what others wrote, or data of a class that must not leave unseen. */
  @IsFlag() untrusted!: boolean;
  @IsFlag() sensitive!: boolean;
  /** The action of another run that a person has ordered undone, in place of a task. */
  @Optional() @IsPart(() => StepRef) undoes?: StepRef;
}

export const contextOpenedV1 = defineEvent({
  type: 'countersign.context.opened',
  version: 1,
  topic: 'decisions',
  dataClass: ContextOpenedV1,
  sample: {
    subject: SAMPLE.upstream,
    contract: SAMPLE.contract,
    taskEpoch: 11,
    deadline: '2026-01-02T04:04:05.000Z',
    words: ['ch_1', '1200'],
    facts: [{ name: 'region', text: 'eu', at: '2026-01-02T03:04:05.000Z' }],
    untrusted: false,
    sensitive: false,
  },
});
