import { describe, expect, it } from 'vitest';
import { canonicalJson, minutes } from '@countersign/kernel';
import { bundlesOf, partitionTapes, taped, type Taped, type TapedTopic } from '@countersign/replay';
import { contextIn } from '../spec-support/context.spec-support.js';
import { ToldRun } from '../spec-support/told-run.spec-support.js';
import { chosenRuns } from './find-runs.js';

/** Runs on one tape, one after the other, by the names of their tasks. */
class GivenTape {
  readonly names = new Map<string, string>();
  private readonly events: Taped[] = [];

  /** The run of a task, from a minute on, without the topic that is missing. */
  add(task: string, minute: number, { end = 'whole', missing }: { readonly end?: 'whole' | 'open' | 'unsettled'; readonly missing?: TapedTopic } = {}): this {
    const told = end === 'open' ? new ToldRun({ task }).refund().allowed() : new ToldRun({ task }).refunded();
    if (end === 'whole') told.add('decisions', 'countersign.context.closed', { outcome: 'succeeded' });
    this.names.set(told.run, task);
    for (const { log, offset, event } of told.log) {
      const topic = log.split('/')[0] as TapedTopic;
      // No two runs lie in one partition: their offsets are their own.
      const record = { topic: `countersign.${topic}`, partition: minute, offset, timestamp: Date.parse(event.time) + minutes(minute), key: null, value: Buffer.from(canonicalJson(event)), headers: {} };
      if (topic !== missing) this.events.push(taped(topic, event, record));
    }
    return this;
  }

  /** The tasks of the last runs, as `replay exact --last N` takes them. */
  last(count: string): readonly (string | undefined)[] {
    const tapes = partitionTapes(this.events);
    const runs = tapes.flatMap((tape) => [...bundlesOf(tape).values()]).toSorted((one, other) => one.until - other.until);
    return chosenRuns(contextIn('/').context, { tapes, runs }, [], count).map(({ run }) => this.names.get(run));
  }
}

describe('the last runs', () => {
  const three = (): GivenTape => new GivenTape().add('second', 2).add('first', 1).add('third', 3);

  it('are those that came to their end last, the oldest of them first', () => {
    expect(three().last('2')).toEqual(['second', 'third']);
    expect(three().last('1')).toEqual(['third']);
  });

  it('are all there are, where more are asked for', () => expect(three().last('50')).toEqual(['first', 'second', 'third']));

  it.each([
    ['is open', { end: 'open' }],
    ['is closed, and not settled by policy yet', { end: 'unsettled' }],
    ['rests on what is not in the archive', { missing: 'executions' }],
  ] as const)('are made up by older ones where the newest %s', (_what, how) => {
    expect(three().add('newest', 4, how).last('2')).toEqual(['second', 'third']);
  });

  it('are none where no run has come to its end, and that is said', () => {
    expect(() => new GivenTape().add('open', 1, { end: 'open' }).last('50')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: 'no run of the archive has come to its end' }));
  });

  it.each([[['run-x'], '50'], [[], undefined]] as const)('are asked for by a number, or by names: %j and %j is neither', (typed, last) => {
    expect(() => chosenRuns(contextIn('/').context, { tapes: [], runs: [] }, typed, last)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
