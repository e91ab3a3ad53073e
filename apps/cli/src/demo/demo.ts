import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from '@countersign/kernel';
import { stackDown, WORKSPACE_ROOT } from '@countersign/stack';
import { approve, deny } from '../approvals/vote.js';
import type { Action, CommandContext } from '../command-context.js';
import { applyConfig } from '../config/apply.js';
import { withKafka } from '../connection/kafka.js';
import { stackPaths } from '../dev/stack-paths.js';
import { startStack } from '../dev/up.js';
import { EXIT } from '../exit-codes.js';
import { handIn } from '../task/hand-in.js';
import { sealTasks } from '../task/seal-tasks.js';
import { kill } from '../stop/kill.js';
import { resume } from '../stop/resume.js';
import { readTaskFile, type TaskFile } from '../task/task-file.js';
import { taskObject, type TaskOutcome } from '../task/task-text.js';
import { viewOf } from '../terminal/view.js';
import { checkArchive, type ArchiveCheck } from './check-archive.js';
import { OutsideWorld } from './check-effect.js';
import { nameOf, outcomeFault } from './check-outcome.js';
import { archiveText, exampleText, nextText } from './demo-text.js';
import { KILL_EXAMPLE, loadExamples, type Example, type ExampleTask } from './examples.js';

interface DemoOptions {
  readonly exit?: boolean;
}

export interface Result {
  readonly task: ExampleTask;
  readonly outcome: TaskOutcome;
  /** Why it is not as expected. */
  readonly fault?: string;
}

/** Both examples are handed in to this tenant. */
const TENANT = 'acme';
/** Tasks take milliseconds; the first ones on a machine that has just started everything take longer. */
const TASKS_DEADLINE = seconds(90);

/** The same command, without a word. */
const quietly = (context: CommandContext): CommandContext => ({
  ...context,
  interactive: false,
  terminal: { ...context.terminal, result: () => undefined, line: () => undefined, message: () => undefined, progress: () => undefined },
});

/** After these the effect has to be there: a repeat has that of the first. */
const DONE: ReadonlySet<string> = new Set(['succeeded', 'duplicate']);

interface Judged {
  readonly firsts: ReadonlyMap<string, TaskOutcome>;
  readonly world: OutsideWorld;
  /** The data may be those of an earlier demo. */
  readonly again: boolean;
}

const judge = async (task: ExampleTask, outcome: TaskOutcome, { firsts, world, again }: Judged): Promise<Result> => {
  const { expected } = task;
  // Somebody has voted since, as the demo suggests.
  const name = nameOf(outcome.state);
  if (again && expected.outcome === 'waits-for-approval' && (name === 'succeeded' || name === 'disapproved')) {
    const missing = await world.effectFault(task, name === 'succeeded');
    return { task, outcome, ...(missing === undefined ? {} : { fault: missing }) };
  }
  const fault = outcomeFault(expected, outcome.state, firsts.get(expected.of?.replace(/\.json$/, '') ?? '')?.state) ?? (await world.effectFault(task, DONE.has(expected.outcome)));
  return { task, outcome, ...(fault === undefined ? {} : { fault }) };
};

const handInSealed = (context: CommandContext, files: readonly TaskFile[]): Promise<readonly TaskOutcome[]> =>
  withKafka(context, async (kafka) => handIn(context, kafka, TENANT, await sealTasks(context, kafka, TENANT, files), TASKS_DEADLINE));

const runExample = async (context: CommandContext, { tasks }: Example, given: Omit<Judged, 'firsts'>): Promise<readonly Result[]> => {
  const files = await Promise.all(tasks.map(({ file }) => readTaskFile(context, file)));
  const outcomes = await handInSealed(context, files);
  const firsts = new Map(tasks.flatMap(({ name }, index) => (outcomes[index] ? [[name, outcomes[index]] as const] : [])));
  return Promise.all(tasks.map((task, index) => judge(task, outcomes[index] ?? unanswered(task), { ...given, firsts })));
};

const unanswered = (task: ExampleTask): never => {
  throw new Error(`no outcome of ${task.name}`);
};

/** What a person's answer has to lead to. */
const AFTER = { approve: { command: approve, outcome: 'succeeded', reason: 'the demo agrees' }, deny: { command: deny, outcome: 'disapproved', reason: 'nobody asked for that' } } as const;

/** Says yes to what waits and sees it done, or no and sees that it is not; gives what became of it. */
const answerWaiting = async (context: CommandContext, result: Result, world: OutsideWorld): Promise<Result> => {
  const { state } = result.outcome;
  if (state.kind !== 'pending') return result;
  const { command, outcome: wanted, reason } = AFTER[result.task.expected.answer ?? 'approve'];
  await command(quietly(context), { args: [state.approval], options: { yes: true, reason } });
  const file = await readTaskFile(context, result.task.file);
  // The same task once more: it is answered with what became of the first.
  const [outcome = result.outcome] = await handInSealed(context, [file]);
  const fault = nameOf(outcome.state) === wanted ? await world.effectFault(result.task, wanted === 'succeeded') : `was to be ${wanted} and is ${nameOf(outcome.state)}`;
  return { task: result.task, outcome, ...(fault === undefined ? {} : { fault }) };
};

/** Pulls a kill switch, hands a task in, and lifts the switch again, whatever became of the task. */
const runUnderKill = async (context: CommandContext, given: Omit<Judged, 'firsts'>): Promise<readonly Result[]> => {
  const { scope } = KILL_EXAMPLE;
  await kill(quietly(context), { args: [scope], options: { reason: 'the demo stops exports', yes: true } });
  try {
    return await runExample(context, KILL_EXAMPLE, given);
  } finally {
    await resume(quietly(context), { args: [scope], options: { reason: 'the demo goes on', yes: true } });
  }
};

interface Ran {
  readonly runs: readonly { readonly title: string; readonly results: readonly Result[] }[];
  readonly archive: ArchiveCheck;
}

const runDemo = async (context: CommandContext, scratch: string, exit: boolean): Promise<Ran> => {
  const { terminal, dataDir } = context;
  // On a Kafka that is not ours, data of its own are topics of its own.
  await startStack(context, { examples: true, ...(exit ? { namespace: `demo-${randomUUID().slice(0, 8)}` } : {}) });
  context.signal.throwIfAborted();
  terminal.progress('applying config/ ...');
  await applyConfig(quietly(context), { args: [join(WORKSPACE_ROOT, 'config')], options: { yes: true } });
  const world = new OutsideWorld(stackPaths(dataDir).connections);
  const runs = [];
  const given = { world, again: !exit };
  const tell = ({ title }: Example, results: readonly Result[]): void => {
    if (!terminal.json) terminal.result(() => `${exampleText(title, results, viewOf(context))}\n`, () => ({}));
  };
  for (const example of await loadExamples(join(scratch, 'tasks'))) {
    const results = await runExample(context, example, given);
    tell(example, results);
    runs.push({ title: example.title, results: exit ? await Promise.all(results.map((result) => answerWaiting(context, result, world))) : results });
  }
  const stopped = await runUnderKill(context, given);
  tell(KILL_EXAMPLE, stopped);
  terminal.progress('verifying the archive ...');
  const archive = await checkArchive(context, scratch);
  if (!terminal.json) terminal.result(() => `${archiveText(archive, viewOf(context))}\n`, () => ({}));
  return { runs: [...runs, { title: KILL_EXAMPLE.title, results: stopped }], archive };
};

const objectOf = ({ task, outcome, fault }: Result): object => ({ name: task.name, ...taskObject(outcome), asExpected: fault === undefined, ...(fault === undefined ? {} : { fault }) });

/** The local GitHub forgets when it stops, and runs do not: what was done before is not done again. */
const usedBefore = (faults: number, context: CommandContext): readonly string[] =>
  faults === 0 ? [] : [`${faults} ${faults === 1 ? 'outcome was' : 'outcomes were'} not as expected. If these data are of an earlier demo, start anew: \`${viewOf(context).command('dev down')}\`, then remove \`${context.dataDir}\`.`];

export const demo: Action<DemoOptions> = async (given, { options }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  const exit = options.exit === true;
  // With `--exit` the demo has data of its own, so that it proves the same each time, whatever else runs.
  const context = exit ? { ...given, dataDir: join(scratch, 'data') } : given;
  const { terminal } = context;
  let faults = -1;
  try {
    const { runs, archive } = await runDemo(context, scratch, exit);
    const results = runs.flatMap((run) => run.results);
    faults = results.filter(({ fault }) => fault !== undefined).length + (archive.intact && archive.found ? 0 : 1);
    const answered = results.filter(({ task }) => exit && task.expected.outcome === 'waits-for-approval');
    terminal.result(
      () => (exit ? [...answered.map(({ task, fault }) => `${task.name} was ${task.expected.answer === 'deny' ? `denied: ${fault ?? 'not done'}` : `approved: ${fault ?? 'done once, and read back'}`}`), faults === 0 ? 'every outcome was the expected one' : `${faults} of ${results.length} outcomes were not as expected`].join('\n') : [...usedBefore(faults, context), nextText(results, viewOf(context))].join('\n\n')),
      () => ({ asExpected: faults === 0, archive: { intact: archive.intact, changeFound: archive.found }, examples: runs.map((run) => ({ title: run.title, tasks: run.results.map(objectOf) })) }),
    );
    return faults === 0 ? EXIT.ok : EXIT.error;
  } finally {
    if (exit) {
      terminal.progress('stopping everything ...');
      await stackDown(context.dataDir);
    }
    // What a failed demo leaves is there to be looked at.
    if (faults === 0 || !exit) rmSync(scratch, { recursive: true, force: true });
    else terminal.message(`its data and logs are in ${scratch}`);
  }
};
