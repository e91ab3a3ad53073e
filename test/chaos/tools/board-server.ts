/** A board of notes as an MCP server over standard input, which fails as its folder says. */
import { createInterface } from 'node:readline';
import { BoardFiles } from './board-files.ts';
import type { Trouble } from './schedule.ts';

interface Rpc {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly name?: string; readonly arguments?: { readonly ticket?: string; readonly key?: string }; readonly _meta?: { readonly 'countersign/key'?: string } };
}

/** Within the deadline of a call, and beyond it: see `configuration.ts`. */
const SLOW_MS = 1_200;
const LATE_MS = 4_500;

const NOTE = { type: 'object', required: ['ticket'], properties: { ticket: { type: 'string' } } };
const TOOLS = [
  { name: 'post_note', description: 'puts a note up, each time that it is called', inputSchema: NOTE },
  { name: 'post_note_once', description: 'puts a note up, once for each key', inputSchema: NOTE },
  { name: 'find_notes', description: 'the notes of a key', inputSchema: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } } },
];

const board = new BoardFiles(process.argv[2] ?? '.');
const say = (id: Rpc['id'], answer: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
const result = (id: Rpc['id'], structuredContent: object): void => say(id, { result: { content: [], structuredContent } });

const post = ({ id, params }: Rpc): void => {
  const ticket = params?.arguments?.ticket ?? '';
  const key = params?.['_meta']?.['countersign/key'] ?? '';
  const work = (): string => board.post(ticket, key, params?.name === 'post_note_once');
  const answer = (): void => result(id, { note_id: work() });
  const fail = (): void => say(id, { error: { code: -32_603, message: 'Internal error' } });
  const does: Readonly<Record<Trouble, () => void>> = {
    slow: () => void setTimeout(answer, SLOW_MS),
    late: () => void setTimeout(answer, LATE_MS),
    'hangs-before': () => undefined,
    'hangs-after': () => void work(),
    'errs-before': fail,
    'errs-after': () => {
      work();
      fail();
    },
    'dies-before': () => process.exit(1),
    'dies-after': () => {
      work();
      process.exit(1);
    },
  };
  const trouble = board.takeCall(ticket);
  if (trouble === undefined) answer();
  else does[trouble]();
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line) as Rpc;
  const { id, method, params } = message;
  if (id === undefined) return;
  if (method === 'initialize') return say(id, { result: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'board', version: '1' } } });
  if (method === 'tools/list') return say(id, { result: { tools: TOOLS } });
  if (method !== 'tools/call') return say(id, { error: { code: -32_601, message: 'Method not found' } });
  if (params?.name === 'find_notes') return result(id, { notes: board.notes().filter(({ key }) => key === params.arguments?.key) });
  post(message);
});
