import { readFileSync } from 'node:fs';
import { CountersignError, ERROR_CODES, isJsonObject, seconds, type ErrorCode, type JsonObject } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { CLIENT_VARIABLES, readSettings } from '../connection/settings.js';
import { commandLine } from '../terminal/command-line.js';
import { Interrupted } from '../terminal/failure.js';
import type { ApprovalFigures, ApprovalSummary, ApprovalView, Attention, BacklogLine, ConfigFileView, EffectView, EscalationSummary, EscalationView, EventView, RunSummary, RunView, SignOffView, StandingView, Why } from './shapes.js';

/** The ledger answers from its tables; one that takes longer is down or starting. */
const ANSWER_DEADLINE = seconds(15);

export type Query = Readonly<Record<string, string | undefined>>;

/** The read side: what the ledger makes of the log. */
export interface Ledger {
  /** Newest first; `cursor` is there where older ones are left. */
  runs(query: Query): Promise<{ readonly runs: readonly RunSummary[]; readonly cursor?: string }>;
  run(id: string): Promise<RunView>;
  /** The record of a run for other systems, as it is. */
  record(id: string): Promise<JsonObject>;
  why(id: string): Promise<Why>;
  /** Causes before effects. */
  events(id: string): Promise<{ readonly events: readonly EventView[] }>;
  /** Every event that it has, from a place on, and where to go on. */
  allEvents(query: Query): Promise<{ readonly events: readonly EventView[]; readonly cursor: string; readonly end: boolean }>;
  approvals(query: Query): Promise<{ readonly approvals: readonly ApprovalSummary[]; readonly cursor?: string }>;
  approval(id: string): Promise<ApprovalView>;
  escalations(query: Query): Promise<{ readonly escalations: readonly EscalationSummary[]; readonly cursor?: string }>;
  escalation(id: string): Promise<EscalationView>;
  /** Actions by the id that an outside system gave, the newest first. */
  effects(query: { readonly outsideId: string }): Promise<{ readonly effects: readonly EffectView[] }>;
  /** A file of the configuration that something was pinned to. */
  configFile(kind: string, hash: string): Promise<ConfigFileView>;
  /** What people have signed about the readiness of a workflow, the newest first. */
  signOffs(query: { readonly tenant: string; readonly workflow: string }): Promise<{ readonly signOffs: readonly SignOffView[] }>;
  /** Delegations and consents that count now or later. */
  standing(query: Query): Promise<{ readonly standing: readonly StandingView[] }>;
  /** What policy has put off; `before` counts what is older. */
  backlog(query: Query): Promise<{ readonly backlog: readonly BacklogLine[] }>;
  /** How people have answered. */
  approvalFigures(query: Query): Promise<ApprovalFigures>;
  /** What somebody on call has to know of now. */
  attention(query: Query): Promise<Attention>;
  /** Whether it has come to every place of `atLeast`, for which it waits `wait` milliseconds. */
  positions(query: { readonly atLeast: string; readonly wait: string }): Promise<{ readonly caughtUp: boolean }>;
}

export interface LedgerAddress {
  readonly url: string;
  readonly token: string;
}

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);

const refusalOf = (status: number, body: unknown): CountersignError => {
  const error = isJsonObject(body) ? body['error'] : undefined;
  const { code, message, hint } = error !== undefined && isJsonObject(error) ? error : {};
  return new CountersignError(isErrorCode(code) ? code : 'INTERNAL', typeof message === 'string' ? message : `the ledger answers with status ${status}`, {
    hint: status === 401 ? `the token is not the one that the ledger expects: see ${CLIENT_VARIABLES.ledgerTokenFile}` : typeof hint === 'string' ? hint : 'the log of the ledger says more',
  });
};

export const connectLedger = ({ url, token }: LedgerAddress, { signal, env }: Pick<CommandContext, 'signal' | 'env'>): Ledger => {
  const ask = async (path: string, query: Query = {}): Promise<JsonObject> => {
    const target = new URL(path, url);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value);
    let answer: Response;
    let body: unknown;
    try {
      answer = await fetch(target, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE)]) });
      body = await answer.json();
    } catch (cause) {
      if (signal.aborted) throw new Interrupted();
      throw new CountersignError('STACK_NOT_RUNNING', `the ledger at \`${target.origin}\` gives no answer`, { retry: 'later', hint: `\`${commandLine('dev status', env)}\` shows what runs, \`${commandLine('dev up', env)}\` starts it`, cause });
    }
    if (!answer.ok) throw refusalOf(answer.status, body);
    if (!isJsonObject(body)) throw new CountersignError('INTERNAL', 'the ledger gives no JSON object');
    return body;
  };
  // The ledger is ours, and its answers are typed by what it promises; texts in them are still strangers' and are shown as such.
  const as = async <Shape>(path: string, query?: Query): Promise<Shape> => (await ask(path, query)) as Shape;
  const one = (kind: string, id: string, part = ''): string => `/v1/${kind}/${encodeURIComponent(id)}${part}`;
  return {
    runs: (query) => as('/v1/runs', query),
    run: (id) => as(one('runs', id)),
    record: (id) => ask(one('runs', id, '/record')),
    why: (id) => as(one('runs', id, '/why')),
    events: (id) => as(one('runs', id, '/events')),
    allEvents: (query) => as('/v1/events', query),
    approvals: (query) => as('/v1/approvals', query),
    approval: (id) => as(one('approvals', id)),
    escalations: (query) => as('/v1/escalations', query),
    escalation: (id) => as(one('escalations', id)),
    effects: (query) => as('/v1/effects', query),
    configFile: (kind, hash) => as(one('config-files', kind, `/${encodeURIComponent(hash)}`)),
    signOffs: (query) => as('/v1/sign-offs', query),
    standing: (query) => as('/v1/standing', query),
    backlog: (query) => as('/v1/backlog', query),
    approvalFigures: (query) => as('/v1/approval-figures', query),
    attention: (query) => as('/v1/attention', query),
    positions: (query) => as('/v1/positions', query),
  };
};

/** The ledger of this connection; throws where its address or token is not known. */
export const openLedger = (context: CommandContext): Ledger => {
  const settings = readSettings(context);
  const url = settings.get('ledger.url', CLIENT_VARIABLES.ledgerUrl);
  const tokenFile = settings.path('ledger.tokenFile', CLIENT_VARIABLES.ledgerTokenFile);
  if (url === undefined || !URL.canParse(url)) throw settings.missing('the address of the ledger', CLIENT_VARIABLES.ledgerUrl);
  if (tokenFile === undefined) throw settings.missing('the token of the ledger', CLIENT_VARIABLES.ledgerTokenFile);
  try {
    return connectLedger({ url, token: readFileSync(tokenFile, 'utf8').trimEnd() }, context);
  } catch (cause) {
    throw new CountersignError('CONFIG_INVALID', `the token of the ledger in \`${tokenFile}\` cannot be read`, { cause });
  }
};
