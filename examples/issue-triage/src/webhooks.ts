import { createRequire } from 'node:module';

export interface WebhookLabel {
  readonly name: string;
  readonly color: string;
  readonly description?: string | null;
}

/** What this example reads of a payload. The payload itself has some 150 fields more, and they are all passed on. */
export interface IssueWebhook {
  readonly action: string;
  readonly issue: {
    readonly url: string;
    readonly number: number;
    readonly title: string;
    readonly body: string | null;
    /** Left out by GitHub in some payloads (`issues.pinned`). */
    readonly labels?: readonly WebhookLabel[];
  };
  /** Only in `issue_comment` payloads. */
  readonly comment?: { readonly id: number; readonly body: string };
  readonly repository: {
    readonly name: string;
    readonly url: string;
    readonly owner: { readonly login: string };
  };
}

export type WebhookName = 'issues' | 'issue_comment';

interface WebhookDefinition {
  readonly name: string;
  readonly examples: readonly IssueWebhook[];
}

// Not an import: the module is 4 MB of JSON, and a compiler would make a type of all of it.
const definitions: readonly WebhookDefinition[] = createRequire(import.meta.url)('@octokit/webhooks-examples');

/** The recorded payloads of one webhook and action, in the order of the package. Throws if there are none. */
export function webhookExamples(name: WebhookName, action: string): readonly IssueWebhook[] {
  const found = definitions.find((definition) => definition.name === name)?.examples.filter((example) => example.action === action) ?? [];
  if (found.length === 0) throw new Error(`no example of the webhook \`${name}.${action}\` is known`);
  return found;
}
