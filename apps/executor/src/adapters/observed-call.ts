import type { CallOutcome, ExecutionWork } from '@countersign/domain';
import type { Action } from '@countersign/contracts';
import { histogram, inToolSpan, TOOL_DURATION } from '@countersign/telemetry';

const MS_PER_SECOND = 1_000;

const record = histogram(TOOL_DURATION);

/** What makes of an outcome a failure to whoever looks at traces; what it means for the run is decided elsewhere. */
const failureOf = (outcome: CallOutcome): string | undefined => {
  switch (outcome.kind) {
    case 'answered':
      if (outcome.status < 200 || outcome.status > 299) return `http.${outcome.status}`;
      return outcome.faults.length > 0 ? 'TOOL_ANSWER_INVALID' : undefined;
    case 'timeout':
      return 'TOOL_TIMEOUT';
    case 'interrupted':
      return 'attempt.interrupted';
    case 'not-sent':
    case 'refused':
    case 'broken':
      return outcome.code;
  }
};

/** One call of a tool, as a span and in the spread of durations. Arguments and results stay out of both. */
export const observedCall = async ({ tenant, workflow, run, step, tool }: Action, { attempt }: Pick<ExecutionWork, 'attempt'>, call: () => Promise<CallOutcome>): Promise<CallOutcome> => {
  const started = performance.now();
  let code: string | undefined = 'INTERNAL';
  try {
    const outcome = await inToolSpan({ tenant, workflow, run, step, tool, attempt }, call, failureOf);
    code = failureOf(outcome);
    return outcome;
  } finally {
    record((performance.now() - started) / MS_PER_SECOND, { 'gen_ai.tool.name': tool, ...(code === undefined ? {} : { 'error.type': code }) });
  }
};
