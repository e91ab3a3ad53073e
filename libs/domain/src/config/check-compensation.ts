import { pointerPart, type JsonObject } from '@countersign/kernel';
import type { DocumentFault, Pinned } from './document.js';
import { jsonType, schemaAt, typesMeet } from './schema-types.js';
import type { ToolContract, UndoSource } from './tool-contract.js';

/** Whether the call that undoes an action of a tool is one that its own tool takes. */
export const compensationFaults = (tool: ToolContract, tools: readonly Pinned<ToolContract>[]): readonly DocumentFault[] => {
  const { compensation } = tool;
  if (!compensation) return [];
  const at = '/compensation/tool';
  const other = tools.find(({ document }) => document.id === compensation.tool)?.document;
  if (!other) return [{ pointer: at, message: `there is no tool \`${compensation.tool}\`` }];
  if (other.effect === 'read') return [{ pointer: at, message: `\`${other.id}\` only reads, and undoes nothing` }];
  if (other.id === tool.id) return [{ pointer: at, message: 'a tool does not undo itself' }];
  const required = other.args['required'];
  const missing = Array.isArray(required) ? required.filter((name) => typeof name === 'string' && !Object.hasOwn(compensation.args, name)) : [];
  return [
    ...missing.map((name) => ({ pointer: '/compensation/args', message: `\`${other.id}\` needs \`${String(name)}\`` })),
    ...Object.entries(compensation.args).flatMap(([name, source]) => {
      const pointer = `/compensation/args/${pointerPart(name)}`;
      const wanted = schemaAt(other.args, `/${pointerPart(name)}`);
      if (wanted.closed) return [{ pointer, message: `\`${other.id}\` takes no \`${name}\`` }];
      const given = typesOf(source, tool);
      return given && wanted.types && !typesMeet(given, wanted.types) ? [{ pointer, message: `is ${given.join(' or ')}, and \`${other.id}\` takes ${wanted.types.join(' or ')}` }] : [];
    }),
  ];
};

/** Where the tool's own schemas say so; what they do not allow there is told when its file is read. */
const typesOf = (source: UndoSource, { args, result }: { readonly args: JsonObject; readonly result: JsonObject }): readonly string[] | undefined => {
  if (source.from === 'value') return [jsonType(source.value)];
  const place = schemaAt(source.from === 'arg' ? args : result, source.pointer);
  return place.closed ? undefined : place.types;
};
