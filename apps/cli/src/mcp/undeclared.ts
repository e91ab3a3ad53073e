import type { ToolContract } from '@countersign/domain';
import { isJsonObject, pointerPart, type JsonObject } from '@countersign/kernel';
import type { CallAnswer } from './answer.js';

/**
 * What a call is answered whose arguments the tool does not name; `undefined` where it names them all. A step of the playbook takes the arguments that the
 * tool names and no others, so the rest would be left out and the call be made without it.
 */
export const refusedForUndeclared = ({ id, args }: Pick<ToolContract, 'id' | 'args'>, given: JsonObject): CallAnswer | undefined => {
  const { properties } = args;
  const named = properties !== undefined && isJsonObject(properties) ? properties : {};
  const faults = Object.keys(given).flatMap((name) => (Object.hasOwn(named, name) ? [] : [{ pointer: `/${pointerPart(name)}`, message: `unknown key \`${name}\`` }]));
  return faults.length > 0 ? { status: 'rejected_schema', tool: id, code: 'args.invalid', reason: 'the arguments break the schema of the tool, and the call was not made', faults } : undefined;
};
