import { readFileSync } from 'node:fs';
import { isJsonObject, type Json } from '@countersign/kernel';
import type { Expected } from './examples.js';

/** The outside systems of the examples, asked directly: they are the judges of what was done. */
export class OutsideWorld {
  private readonly connections: Readonly<Record<string, { readonly url: string; readonly token: string }>>;

  constructor(connectionsFile: string) {
    this.connections = JSON.parse(readFileSync(connectionsFile, 'utf8')) as OutsideWorld['connections'];
  }

  /** Why the effect of a task is not there as it has to be, or there twice; `undefined` where it is right, or where there has to be none. */
  async effectFault({ refund, issue }: Expected): Promise<string | undefined> {
    if (refund) {
      const answer = await this.get('payments', `/refunds?charge_id=${refund.charge_id}`);
      const amounts = listOf(answer, 'refunds').map((item) => item['amount_cents']);
      return amounts.length === 1 && amounts[0] === refund.amount_cents ? undefined : `the payments service has ${amounts.length} refunds of \`${refund.charge_id}\``;
    }
    if (issue) {
      const path = `/repos/${issue.repository}/issues/${issue.number}`;
      const labels = listOf(await this.get('github', `${path}/labels`)).map((label) => String(label['name']));
      const missing = issue.labels.filter((label) => !labels.includes(label));
      return missing.length === 0 ? undefined : `GitHub has no label ${missing.map((label) => `\`${label}\``).join(', ')} on ${issue.repository}#${issue.number}`;
    }
    return undefined;
  }

  private async get(name: string, path: string): Promise<Json> {
    const connection = this.connections[name];
    if (!connection) return null;
    const response = await fetch(`${connection.url}${path}`, { headers: { authorization: `Bearer ${connection.token}` } });
    return (await response.json()) as Json;
  }
}

const listOf = (answer: Json, name?: string): readonly { readonly [key: string]: Json }[] => {
  const list = name === undefined ? answer : isJsonObject(answer) ? answer[name] : undefined;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
};
