import { ProtocolError, ProtocolErrorCode, SdkError, SdkErrorCode, SdkHttpError, type CallToolResult } from '@modelcontextprotocol/client';
import { codeOf, isJsonObject, parseExactJson, type Json } from '@countersign/kernel';
import type { ToolAnswer } from './tool-client.js';
import { answerOfFault } from './transport-fault.js';

/** The tool ran and says that it failed. */
export const MCP_TOOL_ERROR = 'mcp.tool-error';
/** The server knows the session no more: it has not looked at the call. */
export const MCP_SESSION_GONE = 'mcp.session-gone';
const MCP_INPUT_REQUIRED = 'mcp.input-required';

const REFUSALS: Readonly<Record<number, string>> = {
  [ProtocolErrorCode.InvalidRequest]: 'mcp.invalid-request',
  [ProtocolErrorCode.MethodNotFound]: 'mcp.method-not-found',
  [ProtocolErrorCode.InvalidParams]: 'mcp.invalid-params',
};

const jsonIn = (text: string): Json | undefined => {
  try {
    return parseExactJson(text).value as Json;
  } catch {
    return undefined;
  }
};

const textOf = (content: CallToolResult['content']): string => content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');

/**
 * What a tool has answered: its structured content; without one, `text`, the same as `json` where it is any, and `content` as it came.
 * Whatever it says is data, also where it says that it has failed.
 */
export const answerOfResult = (result: CallToolResult, maxBytes: number): ToolAnswer => {
  if (Buffer.byteLength(JSON.stringify(result)) > maxBytes) return { kind: 'answered', status: 200, problem: 'too-large' };
  if (result.isError === true) return { kind: 'refused', code: MCP_TOOL_ERROR };
  const structured = result.structuredContent as Json | undefined;
  if (structured !== undefined && isJsonObject(structured)) return { kind: 'answered', status: 200, body: structured };
  const text = textOf(result.content);
  const json = jsonIn(text);
  return { kind: 'answered', status: 200, body: { text, content: result.content as unknown as Json, ...(json !== undefined && { json }) } };
};

/** What a call that brought no result means for the effect. */
export const answerOfMcpFault = (fault: unknown, signal: AbortSignal): ToolAnswer => {
  if (ProtocolError.isInstance(fault)) {
    const code = REFUSALS[fault.code];
    return code === undefined ? { kind: 'broken', code: `mcp.error.${fault.code}` } : { kind: 'refused', code };
  }
  if (SdkHttpError.isInstance(fault)) return fault.status === 404 ? { kind: 'not-sent', code: MCP_SESSION_GONE } : { kind: 'answered', status: fault.status };
  if (SdkError.isInstance(fault)) {
    if (fault.code === SdkErrorCode.InvalidResult) return { kind: 'answered', status: 200, problem: 'not-json' };
    if (fault.code === SdkErrorCode.UnsupportedResultType) return { kind: 'refused', code: MCP_INPUT_REQUIRED };
    if (fault.code === SdkErrorCode.NotConnected) return { kind: 'not-sent', code: fault.code };
  }
  return answerOfFault(fault, signal);
};

/** Before the call: whatever went wrong, nothing has been done. */
export const answerOfOpening = (fault: unknown, signal: AbortSignal): ToolAnswer => {
  if (signal.aborted) return { kind: 'not-sent', code: 'TOOL_TIMEOUT' };
  const answer = answerOfFault(fault, signal);
  if (answer.kind === 'refused' || answer.kind === 'not-sent') return answer;
  return { kind: 'not-sent', code: SdkHttpError.isInstance(fault) ? `http.${fault.status}` : answer.kind === 'broken' ? answer.code : codeOf(fault) };
};
