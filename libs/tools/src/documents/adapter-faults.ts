import { isJsonObject, type Json } from '@countersign/kernel';
import { isPrivacyPath, PRIVACY_PATHS, type DocumentFault, type PreviewSource, type RequestTemplate, type ToolContract } from '@countersign/domain';
import { CALL_PATH } from '../foreign/read-mcp.js';
import { placeholdersOf } from '../placeholders.js';

const mcpFaults = ({ method, path, body }: RequestTemplate, pointer: string): DocumentFault[] => {
  const name = body !== undefined && isJsonObject(body) ? body['name'] : undefined;
  return [
    ...(method === 'POST' && path === CALL_PATH ? [] : [{ pointer, message: `a tool of an MCP server is called with \`method: POST\` and \`path: ${CALL_PATH}\`` }]),
    ...(typeof name === 'string' && placeholdersOf(name).length === 0 ? [] : [{ pointer: `${pointer}/body`, message: 'has to have the `name` of the tool, which no argument can choose' }]),
  ];
};

/** A call of the tool itself would be the action. */
const mcpPreviewFaults = ({ kind, request: asked }: PreviewSource, request: RequestTemplate): DocumentFault[] => {
  const pointer = `/preview/${kind === 'dry-run' ? 'dry_run' : 'read'}/request`;
  return [...mcpFaults(asked, pointer), ...(kind === 'read' && nameIn(asked) === nameIn(request) ? [{ pointer: `${pointer}/body`, message: 'is a call of the tool itself: a read is a call of another one' }] : [])];
};

const nameIn = ({ body }: RequestTemplate): Json | undefined => (body !== undefined && isJsonObject(body) ? body['name'] : undefined);

const NO_WEBHOOK_PREVIEW: DocumentFault = { pointer: '/preview', message: 'a web hook has no other side that could say what it would do' };
const NO_CHANGE_PREVIEW: DocumentFault = { pointer: '/preview', message: 'a POST to GitHub makes the change: only a GET looks at what is there' };

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
export const adapterFaults = ({ adapter, request, readBack, preview }: ToolContract): DocumentFault[] => {
  switch (adapter) {
    case 'mcp':
      return [...mcpFaults(request, '/request'), ...(readBack ? mcpFaults(readBack.request, '/read_back/request') : []), ...(preview ? mcpPreviewFaults(preview, request) : [])];
    case 'webhook':
      return [...webhookFaults(request), ...(preview ? [NO_WEBHOOK_PREVIEW] : [])];
    case 'github-pull-request':
      return [...pullRequestFaults(request), ...(preview && preview.request.method !== 'GET' ? [NO_CHANGE_PREVIEW] : [])];
    case 'privacy':
      return isPrivacyPath(request.path) ? [] : [{ pointer: '/request/path', message: `is none of ${PRIVACY_PATHS.map((path) => `\`${path}\``).join(', ')}` }];
    case 'http':
    case 'github':
    case 'slack':
      return [];
  }
};
