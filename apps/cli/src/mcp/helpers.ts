import type { Tool } from '@modelcontextprotocol/server';
import type { ToolContract } from '@countersign/domain';
import { isJsonObject, type Json } from '@countersign/kernel';
import type { ForeignTool, ForeignTools } from '@countersign/tools';
import { hasHiddenName } from './foreign-words.js';

const ACTION: Tool['inputSchema'] = { type: 'object', additionalProperties: false, required: ['actionId'], properties: { actionId: { type: 'string', maxLength: 100, description: 'of an answer' } } };

/** The proxy's own tools, which are always there. */
export const HELPERS: readonly Tool[] = [
  { name: 'action_status', description: 'Tells what has become of a call that waits for a person, or that took too long. Returns at once.', inputSchema: ACTION, annotations: { readOnlyHint: true } },
  { name: 'action_wait', description: 'The same, and waits up to 20 seconds for the end of the call. Gives the result once the call is done.', inputSchema: ACTION, annotations: { readOnlyHint: true } },
];

/** A server's tool of such a name could not be told from ours. */
export const isHelper = (name: string): boolean => HELPERS.some((helper) => helper.name === name);

/** The name that the server itself has for a tool: whoever knows the server knows it by that. */
export const nameOfTool = ({ id, request: { body } }: Pick<ToolContract, 'id' | 'request'>): string => {
  const name: Json | undefined = body !== undefined && isJsonObject(body) ? body['name'] : undefined;
  return typeof name === 'string' ? name : id;
};

const whyNot = (tool: ForeignTool): string | undefined => {
  if (isHelper(tool.origin)) return 'the proxy has a tool of its own by this name';
  return hasHiddenName(tool) ? 'its name, or that of an argument, has characters that cannot be seen' : undefined;
};

/** What a server says of tools that can be offered, and which cannot, with why. */
export const offerable = (tools: readonly ForeignTool[]): { readonly offered: readonly ForeignTool[]; readonly refused: ForeignTools['skipped'] } => ({
  offered: tools.filter((tool) => whyNot(tool) === undefined),
  refused: tools.flatMap((tool) => {
    const why = whyNot(tool);
    return why === undefined ? [] : [{ origin: tool.origin, why }];
  }),
});
