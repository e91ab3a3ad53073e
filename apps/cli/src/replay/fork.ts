import type { Event } from '@countersign/contracts';
import { actionHashOf } from '@countersign/domain';
import { CountersignError, isJsonObject, type Instant, type Json, type JsonObject } from '@countersign/kernel';
import type { EngineName } from '@countersign/policy-engines';
import { coursesOf, endOf, type RunBundle, type Taped } from '@countersign/replay';
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
import { readTape, type TapeOptions } from './read-tape.js';

interface ForkOptions extends TapeOptions {
  readonly at: string;
  readonly policy?: string;
  readonly set?: readonly string[];
  readonly engine: EngineName;
}

const MOST_STEPS = 10_000;

/** `amount_cents=100` or `to/0="x"`: a path into the arguments, and JSON, or text that is none. */
export const settingOf = (text: string): { readonly path: readonly string[]; readonly value: Json } => {
  const at = text.indexOf('=');
  const path = text.slice(0, at).split('/').filter((part) => part !== '');
  if (at < 1 || path.length === 0) throw new CountersignError('USAGE', `\`--set\` takes a path and a value, not \`${text}\``, { hint: 'such as `--set amount_cents=100`' });
  const given = text.slice(at + 1);
  try {
    return { path, value: JSON.parse(given) as Json };
  } catch {
    return { path, value: given };
  }
};

const withValue = (object: JsonObject, [first = '', ...rest]: readonly string[], value: Json): JsonObject => {
  const inner = object[first];
  return { ...object, [first]: rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value) };
};

type Proposal = Event<'countersign.action.proposed'>;

const isProposal = (event: Event): event is Proposal => event.type === 'countersign.action.proposed';

/** The proposal with other arguments, as the planner would have made it. */
export const proposalWith = (event: Proposal, settings: ReturnType<typeof settingOf>[]): Proposal => {
  const args = settings.reduce((sofar, { path, value }) => withValue(sofar, path, value), event.data.action.args);
  const action = Object.assign({}, event.data.action, { args });
  return { ...event, data: Object.assign({}, event.data, { action, actionHash: actionHashOf(action) }) };
};

/** The proposal of step N of a run, counted as they were made. */
const proposalOf = (bundle: RunBundle, number: number): Taped => {
  const proposals = bundle.events.filter(({ event }) => isProposal(event)).toSorted((one, other) => one.record.offset - other.record.offset);
  const found = proposals[number - 1];
  if (!found) throw new CountersignError('USAGE', `\`${shortId(bundle.run)}\` has ${proposals.length} proposals, and no number ${number}`);
  return found;
};

/** A run from one of its steps on, with other rules or other arguments: the tape as long as it says what comes of it, and nothing that was never done. */
export const replayFork: Action<ForkOptions> = async (context, { args: [typed = ''], options }): Promise<ExitCode> => {
  const { terminal } = context;
  const number = countOption('--at', options.at, MOST_STEPS);
  const settings = (options.set ?? []).map(settingOf);
  if (settings.length === 0 && options.policy === undefined) throw new CountersignError('USAGE', 'what the fork does otherwise is not said', { hint: 'give `--policy DIR` or `--set path=value`' });
  const book = options.policy === undefined ? undefined : folderBook(context, options.policy);
  const tape = await readTape(context, options);
  const parent = findTapedRun(context, tape, typed);
  const partition = tape.tapes.find((each) => each.partition === parent.partition);
  const proposal = proposalOf(parent, number);
  if (!partition) throw new CountersignError('NOT_FOUND', `the partition of \`${parent.run}\` is not in the archive`);
  const from = Math.min(...parent.events.map(({ record }) => record.timestamp)) as Instant;
  const edit = (_service: string, event: Event): Event => (event.id === proposal.event.id && isProposal(event) ? proposalWith(event, settings) : event);
  // Before step N everything is decided as it was: the candidate is in force from then on.
  const { events, ends } = await playPartition(tape, partition, { engine: options.engine, candidate: book?.controls, candidateFrom: proposal.at, from, isPlayed: (run) => run === parent.run, edit });
  const forked = events.filter(({ event }) => event.run === parent.run);
  const [before, after] = [coursesOf(parent.events).get(parent.run), coursesOf(forked).get(parent.run)];
  const [was, is] = [endOf(before), endOf(after, ends.filter(({ run }) => run === parent.run))];
  const view = viewOf(context);
  const steps = [...new Set([...(before?.decisions.keys() ?? []), ...(after?.decisions.keys() ?? [])])];
  const verdictOf = (course: typeof before, step: (typeof steps)[number]): string => {
    const decision = course?.decisions.get(step);
    return decision ? verdictText(recordedVerdict(decision), view.colors) : '-';
  };
  terminal.result(
    () =>
      [
        `fork of ${shortId(parent.run)} at step ${number} (${oneLine(proposal.event.step ?? '')})`,
        table(['STEP', 'PARENT', 'FORK'], [...steps.map((step) => [oneLine(step), verdictOf(before, step), verdictOf(after, step)]), ['end', oneLine(was), oneLine(is)]], view.width),
      ].join('\n'),
    () => ({
      parent: { run: parent.run, at: number, step: proposal.event.step ?? null },
      set: options.set ?? [],
      policy: options.policy ?? null,
      decisions: steps.map((step) => ({ step, parent: effectOf(before?.decisions.get(step)), fork: effectOf(after?.decisions.get(step)) })),
      end: { parent: was, fork: is },
      events: forked.map(({ event }) => event),
    }),
  );
  return was === is && steps.every((step) => effectOf(before?.decisions.get(step)) === effectOf(after?.decisions.get(step))) ? EXIT.ok : EXIT.drift;
};

const effectOf = (decision: Parameters<typeof recordedVerdict>[0] | undefined): string | null => (decision ? recordedVerdict(decision).effect : null);
