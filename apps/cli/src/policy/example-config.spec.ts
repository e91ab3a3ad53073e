import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-codes.js';
import { contextIn } from '../spec-support/context.spec-support.js';
import { previewTask } from '../task/preview.js';
import { lintTools } from '../tools/lint.js';
import { checkPolicies } from './check.js';
import { testPolicies } from './test.js';

const root = resolve(import.meta.dirname, '../../../..');
const config = join(root, 'config');
const tasks = join(root, 'examples/refund-desk/tasks');
const folder = mkdtempSync(join(tmpdir(), 'countersign-example-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Expected {
  readonly task: string;
  readonly outcome: string;
  readonly rule?: string;
}
const EXAMPLES = JSON.parse(readFileSync(join(root, 'examples/refund-desk/expected.json'), 'utf8')) as readonly Expected[];

/** What a preview ends with; what the tool answers is not known to it. */
const PREVIEWED: Readonly<Record<string, number>> = { 'waits-for-approval': EXIT.pending, denied: EXIT.deniedByPolicy, refused: EXIT.error };

describe('the example configuration', () => {
  it('has no dangerous tool, and takes no free text for the word of a task', async () => {
    const { context, out } = contextIn(folder, { json: true });
    expect(await lintTools(context, { args: [config], options: {} })).toBe(EXIT.ok);
    const { findings } = JSON.parse(out()) as { readonly findings: readonly { readonly code: string; readonly path: string }[] };
    // The export is not looked at afterwards, which policy makes up for.
    expect(findings.map(({ code, path }) => `${path} ${code}`)).toEqual(['tools/crm.export.yaml read-back.missing']);
  });

  it('has no rule that is odd: the strictest check finds nothing', async () => {
    const { context, out } = contextIn(folder);
    expect(await checkPolicies(context, { args: [config], options: { strict: true, format: 'text' } })).toBe(EXIT.ok);
    expect(out()).toBe('');
  });

  it('holds against what a hijacked planner tries, and lets through what its tasks ask for', { timeout: 60_000 }, async () => {
    expect(readdirSync(join(config, 'tests'))).toEqual(expect.arrayContaining(['hijacked-issue-triage.yaml', 'hijacked-refund-desk.yaml']));
    const { context, out } = contextIn(folder);
    const code = await testPolicies(context, { args: [config], options: { engine: 'cedar' } });
    expect(out()).not.toContain('changed');
    expect(code).toBe(EXIT.ok);
  });

  it.each(EXAMPLES)('lets policy say of $task what the demo shows', async ({ task, outcome, rule = '' }) => {
    const { context, out } = contextIn(folder);
    expect(await previewTask(context, { args: [join(tasks, task)], options: { tenant: 'acme', config } })).toBe(PREVIEWED[outcome] ?? EXIT.ok);
    expect(out()).toContain(rule);
  });
});
