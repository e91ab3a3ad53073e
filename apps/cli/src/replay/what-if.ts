import { CountersignError, timestamp, type Instant } from '@countersign/kernel';
import type { EngineName } from '@countersign/policy-engines';
import { coursesOf, endOf, type Course, type RunBundle, type Taped } from '@countersign/replay';
import type { Action } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { Changes } from '../policy/changes.js';
import { changesObject, changesText, countsText } from '../policy/changes-text.js';
import { recordedVerdict } from '../policy/log/decided-again.js';
import { folderBook } from '../policy/rule-book.js';
import { timeOption } from '../terminal/option-values.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortId } from '../terminal/short.js';
import { wrappedTable } from '../terminal/table.js';
import { viewOf } from '../terminal/view.js';
import { findTapedRun } from './find-runs.js';
import { playPartition } from './played-tape.js';
import { readTape, type TapeOptions } from './read-tape.js';

interface WhatIfOptions extends TapeOptions {
  readonly policy: string;
  readonly since: string;
  readonly engine: EngineName;
}

/** A run that comes out otherwise. */
export interface OtherEnd {
  readonly run: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly before: string;
  readonly after: string;
}

/** What differs between how a run came out and how it comes out when it is played. */
export const compareCourses = ({ run, tenant, workflow }: Pick<RunBundle, 'run' | 'tenant' | 'workflow'>, before: Course | undefined, after: Course | undefined, changes: Changes): void => {
  for (const [step, decision] of before?.decisions ?? []) {
    const again = after?.decisions.get(step);
    if (again) changes.add(recordedVerdict(decision), recordedVerdict(again), () => ({ tool: decision.data.action.tool, tenant, workflow, call: `${shortId(run)} ${step} at ${decision.time}` }));
  }
};

const MOST_LISTED = 100;

const ownEvents = ({ events }: RunBundle): readonly Taped[] => events.filter(({ topic }) => topic !== 'tasks' && topic !== 'ballots');

/** Plays whole runs of what `read` gives under other files, consequences included. Exits 9 where anything comes out otherwise. */
export const whatIfOn = (read: typeof readTape): Action<WhatIfOptions> => async (context, { args, options }): Promise<ExitCode> => {
  const { terminal, clock } = context;
  // Of the moment that it was asked: reading takes a while.
  const asked = timeOption('--since', options.since, clock.now());
  const book = folderBook(context, options.policy, 'replay what-if --policy DIR');
  const tape = await read(context, options);
  const named = args.map((typed) => findTapedRun(context, tape, typed));
  const since = (named.length > 0 ? Math.min(...named.map(({ from }) => from)) : asked) as Instant;
  const bundles = named.length > 0 ? named : tape.runs.filter(({ from }) => from >= since);
  if (bundles.length === 0) throw new CountersignError('NOT_FOUND', `no run of the archive was handed in since ${timestamp(since)}`);
  const began = performance.now();
  const changes = new Changes();
  const others: OtherEnd[] = [];
  let actions = 0;
  for (const partition of tape.tapes) {
    const ofPartition = bundles.filter((bundle) => bundle.partition === partition.partition);
    if (ofPartition.length === 0) continue;
    terminal.progress(`partition ${partition.partition}: ${ofPartition.length} runs`);
    const { events, ends } = await playPartition(tape, partition, { engine: options.engine, candidate: book.controls, from: since });
    const played = coursesOf(events);
    for (const bundle of ofPartition) {
      const [before, after] = [coursesOf(ownEvents(bundle)).get(bundle.run), played.get(bundle.run)];
      actions += before?.decisions.size ?? 0;
      compareCourses(bundle, before, after, changes);
      const [one, other] = [endOf(before), endOf(after, ends.filter(({ run }) => run === bundle.run))];
      if (one !== other) others.push({ run: bundle.run, tenant: bundle.tenant, workflow: bundle.workflow, before: one, after: other });
    }
  }
  terminal.progress('');
  const tookMs = Math.round(performance.now() - began);
  const view = viewOf(context);
  const rows = others.slice(0, MOST_LISTED).map(({ run, tenant, workflow, before, after }) => [shortId(run), oneLine(`${tenant}/${workflow}`), oneLine(before), oneLine(after)]);
  const ends = others.length === 0 ? '' : [view.colors.bold(`runs that come out otherwise: ${others.length}`), wrappedTable(['RUN', 'WORKFLOW', 'BEFORE', 'AFTER'], rows, view.width), ...(others.length > MOST_LISTED ? [`and ${others.length - MOST_LISTED} more`] : [])].join('\n');
  const text = [changesText(changes, view), ends].filter(Boolean).join('\n\n');
  if (terminal.json || text !== '') {
    terminal.result(
      () => text,
      () => ({ candidate: options.policy, policySet: book.set.hash, since: timestamp(since), runs: bundles.length, actions, playMs: tookMs, ...changesObject(changes), otherwise: others.slice(0, MOST_LISTED), otherwiseCount: others.length }),
    );
  }
  terminal.message(`${bundles.length} runs with ${actions} actions${named.length > 0 ? '' : ` since ${timestamp(since)}`}, played in ${tookMs} ms: ${countsText(changes)}`);
  return changes.changed > 0 || others.length > 0 ? EXIT.drift : EXIT.ok;
};

export const replayWhatIf = whatIfOn(readTape);
