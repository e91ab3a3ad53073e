import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import type { DocumentFault } from '@countersign/domain';

/** Sound, whatever the tools are. */
const ANY_TOOL = { tool: '*' };
const DENY = { action: 'deny' };

const mendedRule = (rule: Json, index: number, faults: readonly DocumentFault[]): JsonObject => {
  const written = isJsonObject(rule) ? rule : {};
  const isWrong = (key: string): boolean => {
    const pointer = `/policies/${index}/${key}`;
    return !isJsonObject(rule) || faults.some((fault) => fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`));
  };
  const part = (key: string, instead: Json): Json => (isWrong(key) ? instead : (written[key] ?? instead));
  return { name: part('name', `unnamed-${index}`), if: part('if', ANY_TOOL), then: part('then', DENY) };
};

/**
 * A policy file with something sound in the place of each part that has a fault, so that a second look finds what the faults hid. Every
 * rule keeps its place. It is there for its faults alone. `undefined` where the file has no list of rules.
 */
export const mendedPolicy = ({ policies }: JsonObject, faults: readonly DocumentFault[]): JsonObject | undefined =>
  Array.isArray(policies) ? { policies: (policies as readonly Json[]).map((rule, index) => mendedRule(rule, index, faults)) } : undefined;
