import type { Octokit } from '@octokit/rest';
import type { TriageTask } from './tasks.js';
import type { IssueWebhook, WebhookLabel } from './webhooks.js';

export interface SeedRepository {
  readonly owner: string;
  readonly name: string;
  readonly labels: readonly WebhookLabel[];
  readonly issues: readonly SeedIssue[];
}

interface SeedIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly string[];
  readonly comments: readonly string[];
}

/**
 * What GitHub must hold for the tasks to make sense: the repositories, issues and comments that their payloads speak of.
 * An issue that was transferred is no longer where its payload says, so that repository is there without it.
 */
export function repositoriesOf(tasks: readonly TriageTask[]): readonly SeedRepository[] {
  const payloads = tasks.map(({ event }) => event.data);
  const byRepository = Map.groupBy(payloads, ({ repository }) => repository.url);
  return [...byRepository.values()].flatMap((group) => {
    const repository = group[0]?.repository;
    if (repository === undefined) return [];
    const present = group.filter(({ action }) => action !== 'transferred');
    const labels = present.flatMap(({ issue }) => issue.labels ?? []);
    return [
      {
        owner: repository.owner.login,
        name: repository.name,
        labels: [...new Map(labels.map((label) => [label.name, label])).values()],
        issues: issuesOf(present),
      },
    ];
  });
}

function issuesOf(payloads: readonly IssueWebhook[]): readonly SeedIssue[] {
  const byNumber = Map.groupBy(payloads, ({ issue }) => issue.number);
  return [...byNumber]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([number, group]) => {
      const first = group[0]?.issue;
      if (first === undefined) return [];
      return [
        {
          number,
          title: first.title,
          body: first.body,
          labels: (first.labels ?? []).map(({ name }) => name),
          comments: group.flatMap(({ comment }) => comment?.body ?? []),
        },
      ];
    });
}

/** Writes labels, issues and comments as their owner would. The repositories must exist and be empty. */
export async function seedIssues(owner: Octokit, repositories: readonly SeedRepository[]): Promise<void> {
  for (const { owner: login, name, labels, issues } of repositories) {
    const repository = { owner: login, repo: name };
    for (const label of labels) {
      await owner.issues.createLabel({ ...repository, name: label.name, color: label.color, description: label.description ?? '' });
    }
    for (const issue of issues) {
      const { title, body, labels: names } = issue;
      const { data } = await owner.issues.create({ ...repository, title, ...(body !== null && { body }), labels: [...names] });
      if (data.number !== issue.number) throw new Error(`issue ${issue.number} of \`${login}/${name}\` became number ${data.number}`);
      for (const comment of issue.comments) await owner.issues.createComment({ ...repository, issue_number: data.number, body: comment });
    }
  }
}
