import type { AgainAnswer, ContextValue, Event, UndoHash } from '@countersign/contracts';
import { parseTimestamp, type Instant, type RunId, type StepId } from '@countersign/kernel';
import { freezeRunSpending, thawRunSpending, type FrozenRunSpending } from '../budget/freeze-spending.js';
import { settleTime } from '../budget/evolve-spending.js';
import { noRunSpending } from '../budget/spending.js';
import type { DecisionState } from '../decision/decision-state.js';
import { isUntouched, undoStepOf } from '../undo/undo.js';
import { RUN_GRACE } from '../run/constants.js';
import { TASK, vouchedKey, type Fact, type RunContext } from './run-context.js';

export const CONTEXT_EVENTS = ['countersign.context.opened', 'countersign.context.observed', 'countersign.context.answered', 'countersign.context.closed'] as const;
type ContextEvent = Event<(typeof CONTEXT_EVENTS)[number]>;

const instant = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);

/** Folds what is known of runs, in place. Total. */
export const evolveContext = (state: DecisionState, event: ContextEvent): void => {
  const { tenant, workflow, run } = event;
  if (tenant === undefined || workflow === undefined || run === undefined) return;
  switch (event.type) {
    case 'countersign.context.opened': {
      const { subject, contract, taskEpoch: epoch, deadline, words, facts, untrusted, sensitive, undoes } = event.data;
      const undoable = undoes && state.undoable.take(undoes);
      const opened = instant(event.time);
      forget(state, opened);
      state.contexts.set(run, {
        run,
        tenant,
        workflow,
        subject,
        contract,
        opened,
        epoch,
        deadline: instant(deadline),
        words,
        said: [],
        again: new Map(),
        done: new Set(),
        facts: new Map(facts.map((fact) => [fact.name, factOf(fact)])),
        vouched: new Set(),
        untrusted: new Set(untrusted ? [TASK] : []),
        sensitive: new Set(sensitive ? [TASK] : []),
        undo: new Map(undoes && undoable ? [[undoes.step, undoable.undo]] : []),
        ...(undoes && { undoes }),
        spending: noRunSpending(),
      });
      state.seen.add(run, opened);
      return;
    }
    case 'countersign.context.observed': {
      const context = state.contexts.get(run);
      if (!context) return;
      const { tool, untrusted, sensitive, vouched, facts, undo } = event.data;
      if (untrusted) context.untrusted.add(tool);
      if (sensitive) context.sensitive.add(tool);
      for (const { kind, value } of vouched) context.vouched.add(vouchedKey(kind, value));
      for (const fact of facts) context.facts.set(fact.name, factOf(fact));
      if (undo && event.step) context.undo.set(event.step, undo);
      return;
    }
    case 'countersign.context.answered': {
      const context = state.contexts.get(run);
      if (!context) return;
      const { words, again, escalation, word } = event.data;
      state.contexts.set(run, { ...context, said: [...context.said, ...words] });
      if (again && event.step) context.again.set(event.step, { escalation, word });
      return;
    }
    case 'countersign.context.closed': {
      const context = state.contexts.get(run);
      close(state, run, instant(event.time));
      if (context) rememberUndoable(state, context, event);
      return;
    }
  }
};

/** What people can have undone after the run; what an undoing left as it was can be ordered again. What a run undid itself is not done twice, see `take`. */
const rememberUndoable = (state: DecisionState, { run, undo, undoes, spending }: RunContext, event: Event<'countersign.context.closed'>): void => {
  const now = instant(event.time);
  for (const [step, known] of undo) {
    const until = known.until === undefined ? undefined : instant(known.until);
    if (until === undefined || (undoes ? !isUntouched(event.data.outcome) : spending.steps.has(undoStepOf(step)))) continue;
    state.undoable.add(undoes ?? { run, step }, { undo: known, until }, now);
  }
};

const factOf = ({ number, text, at }: ContextValue): Fact => ({ value: number ?? text ?? '', at: instant(at) });

/** The planner closes every run in time; one that it does not close ends here. Oldest first, give or take their timeouts. */
const forget = (state: Known, now: Instant): void => {
  for (const [run, { deadline }] of state.contexts) {
    if (deadline + 2 * RUN_GRACE > now) return;
    close(state, run, now);
  }
};

type Known = Pick<DecisionState, 'contexts' | 'spending'>;

const close = (state: Known, run: RunId, at: Instant): void => {
  const context = state.contexts.get(run);
  if (context) settleTime(state, context, at);
  state.contexts.delete(run);
};

/** JSON form of a context, for snapshots. */
export interface FrozenContext extends Omit<RunContext, 'again' | 'done' | 'facts' | 'vouched' | 'untrusted' | 'sensitive' | 'undo' | 'spending'> {
  readonly again: readonly (readonly [StepId, AgainAnswer])[];
  readonly done: readonly StepId[];
  readonly facts: readonly (readonly [string, Fact])[];
  readonly vouched: readonly string[];
  readonly untrusted: readonly string[];
  readonly sensitive: readonly string[];
  readonly undo: readonly (readonly [StepId, UndoHash])[];
  readonly spending: FrozenRunSpending;
}

export const freezeContext = (context: RunContext): FrozenContext => ({
  ...context,
  again: [...context.again],
  done: [...context.done],
  facts: [...context.facts],
  vouched: [...context.vouched],
  untrusted: [...context.untrusted],
  sensitive: [...context.sensitive],
  undo: [...context.undo],
  spending: freezeRunSpending(context.spending),
});

export const thawContext = (frozen: FrozenContext): RunContext => ({
  ...frozen,
  again: new Map(frozen.again),
  done: new Set(frozen.done),
  facts: new Map(frozen.facts),
  vouched: new Set(frozen.vouched),
  untrusted: new Set(frozen.untrusted),
  sensitive: new Set(frozen.sensitive),
  undo: new Map(frozen.undo),
  spending: thawRunSpending(frozen.spending),
});
