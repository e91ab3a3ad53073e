import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WORKSPACE_ROOT } from '@countersign/stack';

/** What has to become of a task, as `expected.json` of its example says. */
export interface Expected {
  /** File of the task, with or without its ending. */
  readonly task: string;
  readonly outcome: 'succeeded' | 'denied' | 'failed' | 'refused' | 'duplicate' | 'waits-for-approval' | 'stopped';
  readonly rule?: string;
  /** What a person says to what waits; yes unless given. */
  readonly answer?: 'deny';
  /** Where it is refused: `door` by the gateway, `arguments` by the schema of a tool. */
  readonly at?: 'door' | 'arguments';
  readonly of?: string;
  readonly toolError?: { readonly status: number };
  readonly refund?: { readonly charge_id: string; readonly amount_cents: number };
  readonly receipt?: { readonly charge_id: string; readonly to: string };
  readonly issue?: { readonly repository: string; readonly number: number; readonly labels: readonly string[]; readonly comments: number };
}

export interface ExampleTask {
  readonly name: string;
  /** Path of the CloudEvent. */
  readonly file: string;
  readonly expected: Expected;
}

export interface Example {
  readonly title: string;
  readonly tasks: readonly ExampleTask[];
}

const run = promisify(execFile);
const homeOf = (name: string): string => join(WORKSPACE_ROOT, 'examples', name);
const nameOf = (task: string): string => task.replace(/\.json$/, '');

const expectedOf = (home: string): readonly Expected[] => JSON.parse(readFileSync(join(home, 'expected.json'), 'utf8')) as readonly Expected[];

const tasksIn = (home: string, folder: string): readonly ExampleTask[] => expectedOf(home).map((expected) => ({ name: nameOf(expected.task), file: join(folder, `${nameOf(expected.task)}.json`), expected }));

/** A ticket that comes while an operator has stopped all exports: nothing that waits for people is one, for a kill would end that, too. */
export const KILL_EXAMPLE: Example & { readonly scope: string } = {
  title: 'a kill switch: an operator stops `crm.export`',
  scope: 'tool:crm.export',
  tasks: ['14-while-exports-are-stopped'].map((name) => ({ name, file: join(homeOf('refund-desk'), 'under-a-kill', `${name}.json`), expected: { task: name, outcome: 'stopped' } })),
};

/** Both examples; the tasks of issue triage are made from recorded webhooks and written below `scratch`. */
export const loadExamples = async (scratch: string): Promise<readonly Example[]> => {
  const desk = homeOf('refund-desk');
  const triage = homeOf('issue-triage');
  await run(process.execPath, [join(triage, 'dist/write-tasks.js'), scratch]);
  return [
    { title: 'refund desk: tickets of a help desk', tasks: tasksIn(desk, join(desk, 'tasks')) },
    { title: 'issue triage: webhooks of GitHub', tasks: tasksIn(triage, scratch) },
  ];
};
