import { readFileSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { triageTasks } from './tasks.js';
import { webhookExamples } from './webhooks.js';

/** The largest event that the log takes. */
const LARGEST_EVENT_BYTES = 48 * 1024;

const tasks = triageTasks();
const expected: { task: string }[] = JSON.parse(readFileSync(new URL('../expected.json', import.meta.url), 'utf8'));

it('says of every task what is expected', () => {
  expect(expected.map(({ task }) => task)).toEqual(tasks.map(({ name }) => name));
});

it('makes the same tasks each time, each with an id of its own', () => {
  expect(triageTasks()).toEqual(tasks);
  expect(new Set(tasks.map(({ event }) => event.id)).size).toBe(tasks.length);
});

describe.each(tasks)('$name', ({ event }) => {
  it('is a CloudEvent that has no time yet and fits into the log', () => {
    expect(new CloudEvent({ ...event }).validate()).toBe(true);
    expect(event).not.toHaveProperty('time');
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(LARGEST_EVENT_BYTES);
  });
});

it('carries the whole payload, mapped as the GitHub adapter of the specification says', () => {
  expect(tasks[0]?.event).toEqual({
    specversion: '1.0',
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    source: 'https://api.github.com/repos/Codertocat/Hello-World',
    type: 'com.github.issue.opened',
    subject: '1',
    datacontenttype: 'application/json',
    workflow: 'issue-triage',
    data: webhookExamples('issues', 'opened')[0],
  });
  expect(tasks[2]?.event).toMatchObject({
    source: 'https://api.github.com/repos/Codertocat/Hello-World/issues/1',
    type: 'com.github.issue_comment.created',
    subject: '492700400',
  });
});

it('says which webhook it does not know', () => {
  expect(() => webhookExamples('issues', 'exploded')).toThrow('no example of the webhook `issues.exploded` is known');
});
