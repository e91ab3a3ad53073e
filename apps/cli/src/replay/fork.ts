import type { Event } from '@countersign/contracts';
import { actionHashOf, type ControlState } from '@countersign/domain';
import { CountersignError, operandOf, type Instant, type StepId } from '@countersign/kernel';
import type { EngineName } from '@countersign/policy-engines';
import { coursesOf, endOf, type Course, type RunBundle, type Taped } from '@countersign/replay';
import type { Action } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { recordedVerdict } from '../policy/log/decided-again.js';
import { folderBook } from '../policy/rule-book.js';
import { verdictText } from '../policy/verdict-text.js';
import { countOption } from '../terminal/option-values.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf } from '../terminal/view.js';
import { findTapedRun } from './find-runs.js';
import { playPartition } from './played-tape.js';
import { readTape, type ArchivedTape, type TapeOptions } from './read-tape.js';
import { requireArgument, settingOf, withSetting, type Setting } from './setting.js';

interface ForkOptions extends TapeOptions {
  readonly at: string;
  readonly policy?: string;
  readonly set?: readonly string[];
  readonly engine: EngineName;
}

const MOST_STEPS = 10_000;

type Proposal = Event<'countersign.action.proposed'>;

const isProposal = (event: Event): event is Proposal => event.type === 'countersign.action.proposed';

/** The proposal with other arguments, as the planner would have made it. */
export const proposalWith = (event: Proposal, settings: readonly Setting[]): Proposal => {
  const args = settings.reduce(withSetting, event.data.action.args);
  const action = Object.assign({}, event.data.action, { args });
  return { ...event, data: Object.assign({}, event.data, { action, actionHash: actionHashOf(action) }) };
};

/** A proposal of a run, by its number as they were made, or the first of a step by its name. */
const proposalOf = (bundle: RunBundle, at: number | string): { readonly number: number; readonly proposal: Taped } => {
  const proposals = bundle.events.filter(({ event }) => isProposal(event)).toSorted((one, other) => one.record.offset - other.record.offset);
  const index = typeof at === 'number' ? at - 1 : proposals.findIndex(({ event }) => event.step === at);
  const proposal = proposals[index];
  if (!proposal) throw new CountersignError('USAGE', `\`${shortId(bundle.run)}\` has no proposal \`${at}\``, { hint: `\`--at\` takes a number or a step of ${proposals.map(({ event }, before) => `\`${before + 1} ${event.step ?? ''}\``).join(', ') || 'none'}` });
  return { number: index + 1, proposal };
};

export interface Forked {
  readonly proposal: Taped;
  /** Of the proposal, 1 for the first. */
  readonly number: number;
  /** Events of the run, as the sandbox wrote them. */
  readonly events: readonly Taped[];
  readonly parent: Course | undefined;
  readonly fork: Course | undefined;
  /** How each ends, or where it stands still. */
  readonly end: { readonly parent: string; readonly fork: string };
}

export interface ForkWith {
  /** Number of the proposal, 1 for the first, or the name of its step. */
  readonly at: number | string;
  readonly candidate?: ControlState | undefined;
  readonly settings?: readonly Setting[];
  readonly engine: EngineName;
}

/** Plays a run anew: as it was up to and with its Nth proposal, but for the settings, and under the candidate from there on. Throws `USAGE`. */
export const forkRun = async (tape: Pick<ArchivedTape, 'tapes' | 'controls' | 'partitions' | 'trustDomain'>, bundle: RunBundle, { at, candidate, settings = [], engine }: ForkWith): Promise<Forked> => {
  const partition = tape.tapes.find((each) => each.partition === bundle.partition);
  if (!partition) throw new CountersignError('NOT_FOUND', `the partition of \`${bundle.run}\` is not in the archive`);
  const { number, proposal } = proposalOf(bundle, at);
  const forkedAt = proposal.event;
  const { tools } = (candidate ?? tape.controls.at(proposal.controlEpoch)).active ?? {};
  const tool = isProposal(forkedAt) ? tools?.get(forkedAt.data.action.tool)?.document : undefined;
  if (tool) for (const setting of settings) requireArgument(tool, setting);
  let isForked = false;
  const edit = (_service: string, event: Event): Event => {
    if (event.id !== forkedAt.id || !isProposal(event)) return event;
    isForked = true;
    return proposalWith(event, settings);
  };
  const { events, ends } = await playPartition(tape, partition, { engine, candidate, isInForce: () => isForked, from: bundle.from as Instant, isPlayed: (run) => run === bundle.run, edit });
  const ofRun = events.filter(({ event }) => event.run === bundle.run);
  const [parent, fork] = [coursesOf(bundle.events).get(bundle.run), coursesOf(ofRun).get(bundle.run)];
  return { proposal, number, events: ofRun, parent, fork, end: { parent: endOf(parent), fork: endOf(fork, ends.filter(({ run }) => run === bundle.run)) } };
};

/** A run from one of its steps on, with other rules or other arguments: the tape as long as it says what comes of it, and nothing that was never done. */
export const replayFork: Action<ForkOptions> = async (context, { args: [typed = ''], options }): Promise<ExitCode> => {
  const { terminal } = context;
  const at = /^\d+$/.test(options.at) ? countOption('--at', options.at, MOST_STEPS) : options.at;
  const settings = (options.set ?? []).map(settingOf);
  if (settings.length === 0 && options.policy === undefined) throw new CountersignError('USAGE', 'what the fork does otherwise is not said', { hint: 'give `--policy DIR` or `--set path=value`' });
  const book = options.policy === undefined ? undefined : folderBook(context, options.policy, `replay fork ${operandOf(typed)} --at ${operandOf(options.at)} --policy DIR`);
  const tape = await readTape(context, options);
  const bundle = findTapedRun(context, tape, typed);
  const { proposal, number, events, parent, fork, end } = await forkRun(tape, bundle, { at, candidate: book?.controls, settings, engine: options.engine });
  const view = viewOf(context);
  const steps = [...new Set([...(parent?.decisions.keys() ?? []), ...(fork?.decisions.keys() ?? [])])];
  const verdictOf = (course: Course | undefined, step: StepId): string => {
    const decision = course?.decisions.get(step);
    return decision ? verdictText(recordedVerdict(decision), view.colors) : '-';
  };
  terminal.result(
    () =>
      [
        `fork of ${shortId(bundle.run)} at step ${number} (${oneLine(proposal.event.step ?? '')})`,
        table(['STEP', 'PARENT', 'FORK'], [...steps.map((step) => [oneLine(step), verdictOf(parent, step), verdictOf(fork, step)]), ['end', oneLine(end.parent), oneLine(end.fork)]], view.width),
      ].join('\n'),
    () => ({
      parent: { run: bundle.run, at: number, step: proposal.event.step ?? null },
      set: options.set ?? [],
      policy: options.policy ?? null,
      decisions: steps.map((step) => ({ step, parent: effectOf(parent, step), fork: effectOf(fork, step) })),
      end,
      events: events.map(({ event }) => event),
    }),
  );
  return end.parent === end.fork && steps.every((step) => effectOf(parent, step) === effectOf(fork, step)) ? EXIT.ok : EXIT.drift;
};

/** What was first decided on a step. */
const effectOf = (course: Course | undefined, step: StepId): string | null => {
  const decision = course?.decisions.get(step);
  return decision ? recordedVerdict(decision).effect : null;
};
