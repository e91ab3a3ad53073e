import { stringify } from 'csv-stringify/sync';

/** As the ledger gives it, for other systems. */
export type RunRecord = Readonly<Record<string, unknown>>;

const FINANCE_HEAD = ['run_id', 'tenant_id', 'agent', 'outcome', 'tool_calls', 'usd', 'prompt_tokens', 'completion_tokens', 'budget_usd'];

/** Fields of a run record that whoever pays looks at. */
const financeRow = (record: RunRecord): readonly unknown[] => {
  const { cost, outcome, tool_calls: calls } = record as { readonly cost?: { readonly usd?: number; readonly prompt_tokens?: number; readonly completion_tokens?: number }; readonly outcome?: { readonly status?: string }; readonly tool_calls?: readonly unknown[] };
  return [record['run_id'], record['tenant_id'], record['agent'], outcome?.status, calls?.length, cost?.usd, cost?.prompt_tokens, cost?.completion_tokens, record['budget_usd']];
};

/** Run records as CSV. */
export const financeTable = (records: readonly RunRecord[]): string => stringify([FINANCE_HEAD, ...records.map((record) => [...financeRow(record)])]);

/** Whoever knows all of a call's arguments but one can try values of that one against the hash. */
export const withoutInputHashes = (record: RunRecord): RunRecord => {
  const { tool_calls: calls } = record as { readonly tool_calls?: readonly Readonly<Record<string, unknown>>[] };
  return { ...record, ...(calls && { tool_calls: calls.map((call) => Object.fromEntries(Object.entries(call).filter(([name]) => name !== 'input_hash'))) }) };
};
