import { pointerPart, type JsonObject } from '@countersign/kernel';
import { mayBeOfOthers } from '../context/schema-marks.js';
import type { AgentContract } from './agent-contract.js';
import type { DocumentFault, Pinned } from './document.js';
import { schemaAt } from './schema-types.js';
import type { ToolContract } from './tool-contract.js';

/** What a contract says of the resources and fields of its tools has to be something that the tools can tell. */
export const rightsFaults = (contract: AgentContract, tools: readonly Pinned<ToolContract>[]): readonly DocumentFault[] => {
  const listed = [...contract.tools.read, ...contract.tools.write];
  const toolOf = (name: string): ToolContract | undefined => (listed.includes(name) ? tools.find(({ document }) => document.id === name)?.document : undefined);
  const faults: DocumentFault[] = [];
  for (const [name, kinds] of Object.entries(contract.resources)) {
    const tool = toolOf(name);
    const pointer = `/resources/${pointerPart(name)}`;
    if (!tool) faults.push({ pointer, message: `\`${name}\` is no tool of the contract` });
    else for (const kind of Object.keys(kinds)) if (!Object.hasOwn(tool.resources, kind)) faults.push({ pointer: `${pointer}/${pointerPart(kind)}`, message: `\`${name}\` maps no resource \`${kind}\`` });
  }
  for (const [name, fields] of Object.entries(contract.writableFields)) {
    const tool = toolOf(name);
    const pointer = `/writable_fields/${pointerPart(name)}`;
    if (!tool) faults.push({ pointer, message: `\`${name}\` is no tool of the contract` });
    else {
      for (const [index, field] of fields.entries()) {
        if (schemaAt(tool.args, `${tool.fields ?? ''}/${pointerPart(field)}`).closed) faults.push({ pointer: `${pointer}/${index}`, message: `\`${name}\` has no field \`${field}\`` });
      }
    }
  }
  return faults;
};

/** A fact from a look-up tool needs the tool, and a place that its result can have; no fact is what others may have written. */
export const contextFaults = (contract: AgentContract, tools: readonly Pinned<ToolContract>[]): readonly DocumentFault[] =>
  Object.entries(contract.context).flatMap(([name, fact]): DocumentFault[] => {
    const pointer = `/context/${pointerPart(name)}`;
    if (fact.from === 'task') return placeFaults(contract.input, fact.pointer, `${pointer}/task`, 'a task');
    const tool = contract.tools.read.includes(fact.tool) ? tools.find(({ document }) => document.id === fact.tool)?.document : undefined;
    if (!tool) return [{ pointer: `${pointer}/tool`, message: `\`${fact.tool}\` is no read tool of the contract` }];
    if (tool.resultTrust === 'untrusted') return [{ pointer: `${pointer}/tool`, message: `anybody may have written what \`${fact.tool}\` returns: it makes facts only with \`result_trust: trusted\`` }];
    return placeFaults(tool.result, fact.pointer, `${pointer}/path`, `the result of \`${fact.tool}\``);
  });

const placeFaults = (schema: JsonObject, at: string, pointer: string, what: string): DocumentFault[] => {
  if (schemaAt(schema, at).closed) return [{ pointer, message: `${what} has nothing at \`${at}\`` }];
  return mayBeOfOthers(schema, at) ? [{ pointer, message: `\`${at}\` is \`x-trust: untrusted\`: what others wrote is no fact` }] : [];
};
