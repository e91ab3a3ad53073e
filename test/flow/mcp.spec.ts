import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { Upstream, type Task } from '../support/upstream.ts';

describe.skipIf(stackMissing !== undefined)(`a tool of an MCP server${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, filesDir } = useStack();
  const note = (id: string, path: string, content: string): Task => ({ specversion: '1.0', id, source: '/tests/notes', type: 'notes.write', workflow: 'notes', data: { path, content } });

  it('writes the file of the task, and it is read back', async () => {
    const acme = await Upstream.open(stack);
    const executions = await stack.view('executions');
    const task = note('note-1', join(filesDir, 'note.txt'), 'what the task says\n');
    expect((await acme.carryOut(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(readFileSync(join(filesDir, 'note.txt'), 'utf8')).toBe('what the task says\n');
    const verified = await executions.until('countersign.action.verified', ({ run }) => run === acme.runOf(task));
    expect(verified.data).toMatchObject({ attempt: 1 });
  });

  it('that the server refuses has failed once, and nobody repeats it', async () => {
    const acme = await Upstream.open(stack);
    const executions = await stack.view('executions');
    const task = note('note-2', join(filesDir, '../outside.txt'), 'x');
    expect((await acme.carryOut(task)).data).toMatchObject({ outcome: 'failed' });
    const failed = await executions.until('countersign.action.failed', ({ run }) => run === acme.runOf(task));
    expect(failed.data).toMatchObject({ attempt: 1, code: 'mcp.tool-error', retrying: false });
  });
});
