import type { JsonObject, Principal } from '@countersign/kernel';
import { IsJson, IsPart, IsPrincipal, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { ConfigRef, StepRef } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The planner took a task up. */
export class RunStartedV1 {
  @IsText(200) task!: string;
  @IsText(200) source!: string;
  @IsPart(() => ConfigRef) contract!: ConfigRef;
  /** Absent where the task's workflow has no playbook: the run is closed at once. */
  @Optional() @IsPart(() => ConfigRef) playbook?: ConfigRef;
  /** The agent that acts, and whom it acts for. */
  @IsPrincipal() agent!: Principal;
  @IsPrincipal() subject!: Principal;
  @IsJson() input!: JsonObject;
  /** The action of another run that a person has ordered undone: the run does nothing else. Absent for the run of a task. */
  @Optional() @IsPart(() => StepRef) undoes?: StepRef;
  /** Nothing is proposed or granted after this time; the run ends when what is under way then has ended. */
  @IsTimestamp() deadline!: string;
}

export const runStartedV1 = defineEvent({
  type: 'countersign.run.started',
  version: 1,
  topic: 'proposals',
  dataClass: RunStartedV1,
  sample: {
    ...SAMPLE.task,
    contract: SAMPLE.contract,
    playbook: { id: 'refund', version: 1, hash: SAMPLE.fileHash },
    agent: SAMPLE.agent,
    subject: SAMPLE.upstream,
    input: SAMPLE.input,
    deadline: '2026-01-02T04:04:05.000Z',
  },
});
