import type { Action, Reason } from '@countersign/contracts';
import { atPointer, isJsonObject, matchesGlob, type Json } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { ToolContract } from '../config/tool-contract.js';

const valuesAt = (args: Json, pointer: string): readonly Json[] => {
  const value = atPointer(args, pointer);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
};

/** What the contract does not let the agent touch, though it lets it call the tool. A resource that is limited and not named is forbidden. */
export const rightsFaults = ({ tool: name, args }: Pick<Action, 'tool' | 'args'>, tool: ToolContract, contract: AgentContract): readonly Reason[] => {
  const faults: Reason[] = [];
  const rule = `contract.${contract.id}`;
  for (const [kind, allowed] of Object.entries(contract.resources[name] ?? {})) {
    const values = valuesAt(args, tool.resources[kind] ?? '/');
    const isAllowed = (value: Json): boolean => (typeof value === 'string' || typeof value === 'number') && allowed.some((pattern) => matchesGlob(pattern, String(value)));
    if (values.length === 0 || !values.every(isAllowed)) faults.push({ rule, code: 'resource.forbidden', message: `the contract does not let \`${name}\` touch this ${kind}` });
  }
  const writable = contract.writableFields[name];
  if (writable) {
    const written = tool.fields === undefined ? args : atPointer(args, tool.fields);
    const keys = written !== undefined && isJsonObject(written) ? Object.keys(written) : [];
    const forbidden = keys.filter((key) => !writable.includes(key)).length;
    if (keys.length === 0 || forbidden > 0) faults.push({ rule, code: 'field.forbidden', message: `the contract lets \`${name}\` write ${writable.map((field) => `\`${field}\``).join(', ')} and nothing else` });
  }
  return faults;
};
