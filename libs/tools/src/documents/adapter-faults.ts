import { isJsonObject, type Json } from '@countersign/kernel';
import type { DocumentFault, RequestTemplate, ToolContract } from '@countersign/domain';
import { CALL_PATH } from '../foreign/read-mcp.js';
import { placeholdersOf } from '../placeholders.js';

const mcpFaults = ({ method, path, body }: RequestTemplate, pointer: string): DocumentFault[] => {
  const name = body !== undefined && isJsonObject(body) ? body['name'] : undefined;
  return [
    ...(method === 'POST' && path === CALL_PATH ? [] : [{ pointer, message: `a tool of an MCP server is called with \`method: POST\` and \`path: ${CALL_PATH}\`` }]),
    ...(typeof name === 'string' && placeholdersOf(name).length === 0 ? [] : [{ pointer: `${pointer}/body`, message: 'has to have the `name` of the tool, which no argument can choose' }]),
  ];
};

const webhookFaults = ({ method, headers }: RequestTemplate): DocumentFault[] => [
  ...(method === 'POST' ? [] : [{ pointer: '/request/method', message: 'a web hook is a POST' }]),
  ...(headers['webhook-id'] === '{idempotency_key}' ? [] : [{ pointer: '/request/headers', message: 'a web hook has to have `webhook-id: "{idempotency_key}"`: a receiver tells a repeat by it' }]),
];

const CHANGE_PARTS = ['base', 'branch', 'title', 'message', 'files'];

const pullRequestFaults = ({ method, path, body }: RequestTemplate): DocumentFault[] => {
  const parts: Readonly<Record<string, Json>> = body !== undefined && isJsonObject(body) ? body : {};
  const missing = CHANGE_PARTS.filter((part) => parts[part] === undefined);
  return [
    ...(method === 'POST' && /^\/repos\/[^/]+\/[^/]+\/pulls$/.test(path) ? [] : [{ pointer: '/request', message: 'a pull request is made with `method: POST` and `path: "/repos/{owner}/{repo}/pulls"`' }]),
    ...missing.map((part) => ({ pointer: '/request/body', message: `a pull request needs \`${part}\`` })),
    ...(placeholdersOf(parts['branch'] ?? '').includes('idempotency_key') ? [] : [{ pointer: '/request/body/branch', message: 'has to hold `{idempotency_key}`: by its branch a repeat finds what is there' }]),
  ];
};

/** What a kind of system asks of the requests of its tools. */
export const adapterFaults = ({ adapter, request, readBack }: ToolContract): DocumentFault[] => {
  switch (adapter) {
    case 'mcp':
      return [...mcpFaults(request, '/request'), ...(readBack ? mcpFaults(readBack.request, '/read_back/request') : [])];
    case 'webhook':
      return webhookFaults(request);
    case 'github-pull-request':
      return pullRequestFaults(request);
    case 'http':
    case 'github':
    case 'slack':
      return [];
  }
};
