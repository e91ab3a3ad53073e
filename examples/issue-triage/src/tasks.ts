import { createHash } from 'node:crypto';
import { webhookExamples } from './webhooks.js';
import type { IssueWebhook, WebhookName } from './webhooks.js';

export const TRIAGE_WORKFLOW = 'issue-triage';

/** A CloudEvent 1.0 without `time`: whoever submits it stamps that, because a task that is a day old is refused. */
export interface TriageEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly datacontenttype: 'application/json';
  readonly workflow: typeof TRIAGE_WORKFLOW;
  readonly data: IssueWebhook;
}

export interface TriageTask {
  /** Names the task in `expected.json`. */
  readonly name: string;
  readonly event: TriageEvent;
}

interface Choice {
  readonly name: string;
  readonly webhook: WebhookName;
  readonly action: string;
  readonly accept?: (payload: IssueWebhook) => boolean;
}

const CHOICES: readonly Choice[] = [
  { name: '01-issue-opened', webhook: 'issues', action: 'opened', accept: ({ issue }) => issue.body !== null },
  { name: '02-issue-opened-without-words', webhook: 'issues', action: 'opened', accept: ({ issue }) => issue.body === null },
  { name: '03-comment-created', webhook: 'issue_comment', action: 'created' },
  { name: '04-issue-milestoned', webhook: 'issues', action: 'milestoned' },
  { name: '05-issue-transferred', webhook: 'issues', action: 'transferred' },
  { name: '06-issue-pinned', webhook: 'issues', action: 'pinned' },
];

/** The tasks of this example, always the same and in the same order. */
export function triageTasks(): readonly TriageTask[] {
  return CHOICES.map(({ name, webhook, action, accept = () => true }) => {
    const payload = webhookExamples(webhook, action).find(accept);
    if (payload === undefined) throw new Error(`no example of the webhook \`${webhook}.${action}\` fits the task \`${name}\``);
    return { name, event: eventOf(webhook, payload) };
  });
}

/** As the GitHub adapter of the CloudEvents specification maps these webhooks: the whole payload is the data. */
function eventOf(webhook: WebhookName, payload: IssueWebhook): TriageEvent {
  const isComment = webhook === 'issue_comment';
  return {
    specversion: '1.0',
    id: deliveryId(payload),
    source: isComment ? payload.issue.url : payload.repository.url,
    type: `com.github.${isComment ? 'issue_comment' : 'issue'}.${payload.action}`,
    subject: String(payload.comment?.id ?? payload.issue.number),
    datacontenttype: 'application/json',
    workflow: TRIAGE_WORKFLOW,
    data: payload,
  };
}

/** GitHub sends a GUID in `X-GitHub-Delivery`. The recordings have none, so this one is made of the payload. */
function deliveryId(payload: IssueWebhook): string {
  const hex = createHash('sha256').update(JSON.stringify(payload)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
