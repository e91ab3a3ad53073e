import { readFileSync } from 'node:fs';
import { isJsonObject, type Json } from '@countersign/kernel';
import type { ExampleTask } from './examples.js';

type Item = { readonly [key: string]: Json };

/** Every comment that the executor writes carries its idempotency key behind this. */
const MARKER = 'countersign:';

const listOf = (answer: Json, name?: string): readonly Item[] => {
  const list = name === undefined ? answer : isJsonObject(answer) ? answer[name] : undefined;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
};

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** What the refund of a task would be: that of its expectation, or what the task itself asks for. */
const askedOf = ({ expected, file }: ExampleTask): { readonly charge: string; readonly amount: number } | undefined => {
  if (expected.refund) return { charge: expected.refund.charge_id, amount: expected.refund.amount_cents };
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as { readonly data?: Item };
  const [charge, amount] = [data?.['charge_id'], data?.['amount_cents']];
  return typeof charge === 'string' && typeof amount === 'number' ? { charge, amount } : undefined;
};

/** The outside systems of the examples, asked directly: they are the judges of what was done, and of what was not. */
export class OutsideWorld {
  private readonly connections: Readonly<Record<string, { readonly url: string; readonly token: string }>>;

  constructor(connectionsFile: string) {
    this.connections = JSON.parse(readFileSync(connectionsFile, 'utf8')) as OutsideWorld['connections'];
  }

  /**
   * Why the outside world is not as a task must leave it; `undefined` where it is. With `done` the effect has to be there, once;
   * without it there must be none.
   */
  async effectFault(task: ExampleTask, done: boolean): Promise<string | undefined> {
    const { issue, receipt } = task.expected;
    if (receipt) return this.receiptFault(receipt, done);
    return issue ? this.issueFault(issue) : this.refundFault(task, done);
  }

  private async refundFault(task: ExampleTask, done: boolean): Promise<string | undefined> {
    const asked = askedOf(task);
    if (!asked) return undefined;
    const answer = await this.get('payments', `/refunds?charge_id=${encodeURIComponent(asked.charge)}`);
    const found = listOf(answer, 'refunds').filter((refund) => refund['amount_cents'] === asked.amount).length;
    return found === (done ? 1 : 0) ? undefined : `the payments service has ${found} refunds of ${asked.amount} cents on \`${asked.charge}\``;
  }

  private async receiptFault({ charge_id: charge, to }: NonNullable<ExampleTask['expected']['receipt']>, done: boolean): Promise<string | undefined> {
    const answer = await this.get('payments', `/charges/${encodeURIComponent(charge)}/receipts`);
    const found = listOf(answer, 'receipts').filter((receipt) => receipt['sent_to'] === to).length;
    return found === (done ? 1 : 0) ? undefined : `the payments service has sent ${found} receipts of \`${charge}\` to \`${to}\``;
  }

  private async issueFault({ repository, number, labels, comments }: NonNullable<ExampleTask['expected']['issue']>): Promise<string | undefined> {
    const path = `/repos/${repository}/issues/${number}`;
    const there = listOf(await this.get('github', `${path}/labels`)).map((label) => textOf(label['name']));
    const missing = labels.filter((label) => !there.includes(label));
    if (missing.length > 0) return `GitHub has no label ${missing.map((label) => `\`${label}\``).join(', ')} on ${repository}#${number}`;
    const ours = listOf(await this.get('github', `${path}/comments?per_page=100`)).filter((comment) => textOf(comment['body']).includes(MARKER)).length;
    return ours >= comments ? undefined : `GitHub has ${ours} of our comments on ${repository}#${number}`;
  }

  private async get(name: string, path: string): Promise<Json> {
    const connection = this.connections[name];
    if (!connection) return null;
    const response = await fetch(`${connection.url}${path}`, { headers: { authorization: `Bearer ${connection.token}` } });
    return (await response.json()) as Json;
  }
}
