import { canonicalJson, codeOf, sha256, type Instant, type Json, type JsonObject, type Millis } from '@countersign/kernel';
import type { BlobRef, BlobStore } from '@countersign/contracts';
import { ANSWER_INVALID, isTurnedAway, withoutWithheld, type Adapter, type CallOutcome, type Pages, type Pinned, type PreviewOutcome, type PreviewSource, type ReadBack, type ReadBackOutcome, type ToolContract } from '@countersign/domain';
import { changesOf, findEffect, hasItems, limitFaults, namedFaults, outsideIdOf, renderRequest, resultFaults, resultOf, valuesOf, type ReadBackFinding, type RenderedRequest } from '@countersign/tools';
import { openConnection } from '../credentials/connector.js';
import type { Seals } from '@countersign/privacy';
import type { CredentialBroker, Errand } from '../credentials/credential.js';
import type { Connection } from './connections.js';
import { openAction, type OpenedAction } from './opened-action.js';
import { OWN_KEYS } from './privacy-tool-client.js';
import type { SendOptions, ToolAnswer, ToolClient } from './tool-client.js';

/** A larger result goes beside the log: an event of 48 KiB carries it twice on its way through the planner. */
export const MAX_RESULT_BYTES = 16 * 1024;

export interface ToolsOptions {
  /** By adapter; what has none here refuses. */
  readonly clients: Readonly<Partial<Record<Adapter, ToolClient>>>;
  /** By name, as they are now. */
  readonly connections: Pick<ReadonlyMap<string, Connection>, 'get'>;
  readonly credentials: CredentialBroker;
  readonly blobs: Pick<BlobStore, 'put'>;
  readonly seals: Seals;
  readonly now: () => Instant;
}

const pageOf = (request: RenderedRequest, pages: Pages | undefined, page: number): RenderedRequest =>
  pages ? { ...request, query: { ...request.query, [pages.parameter]: String(page) } } : request;

/** The same question may be answered in a moment. */
const isForNow = (status: number): boolean => status >= 500 || isTurnedAway(status);

type Answered = Extract<ToolAnswer, { kind: 'answered' }>;

/** Calls tools as their contracts say, and looks at what became of it. It never repeats anything by itself. */
export class Tools {
  constructor(private readonly options: ToolsOptions) {}

  /** The grant has come to its end: what was fetched for it is not kept. */
  forget(jti: string): void {
    this.options.credentials.forget(jti);
  }

  /** Calls the tool once. `forbids` is asked immediately before: to find out what opens a system takes time, in which a grant runs out. */
  async call(tool: Pinned<ToolContract>, errand: Errand, signal: AbortSignal, forbids?: SendOptions['forbids']): Promise<CallOutcome> {
    const started = this.options.now();
    const opened = await openAction(this.options.seals, tool, errand.action);
    if (opened.kind !== 'opened') return { ...opened, latencyMs: 0 };
    const answer = await this.send(tool.document, errand, () => renderRequest(tool.document.request, valuesOf(opened.action)), signal, forbids);
    const latencyMs = this.options.now() - started;
    if (answer.kind !== 'answered') return { ...answer, latencyMs };
    const { requestId, retryAfterMs } = answer;
    return { ...(await this.outcomeOf(tool, opened, answer)), ...(requestId !== undefined && { requestId }), ...(retryAfterMs !== undefined && { retryAfterMs }), latencyMs };
  }

  /** Looks at the effect once, through the pages of a list where it comes in pages. */
  async readBack(tool: Pinned<ToolContract>, readBack: ReadBack, errand: Errand, signal: AbortSignal): Promise<ReadBackOutcome> {
    const started = this.options.now();
    const opened = await openAction(this.options.seals, tool, errand.action);
    if (opened.kind !== 'opened') return { kind: 'unanswered', code: opened.code, latencyMs: 0 };
    const values = valuesOf(opened.action);
    for (let page = 1; page <= (readBack.pages?.atMost ?? 1); page += 1) {
      const answer = await this.send(tool.document, errand, () => pageOf(renderRequest(readBack.request, values), readBack.pages, page), signal);
      const latencyMs = this.options.now() - started;
      if (answer.kind !== 'answered') return { kind: 'unanswered', code: answer.kind === 'timeout' ? 'TOOL_TIMEOUT' : answer.code, latencyMs };
      const seen = answer.body === undefined ? {} : { sha256: sha256(canonicalJson(answer.body)) };
      if (answer.status === 404 && page === 1) return { kind: 'absent', ...seen, latencyMs };
      if (answer.status < 200 || answer.status > 299 || answer.body === undefined) return { kind: 'unanswered', code: answer.problem ?? `http.${answer.status}`, ...seen, latencyMs };
      const finding = findEffect(readBack, answer.body, values);
      if (finding.found) return { ...(await foundIn(tool, opened, finding)), latencyMs };
      if (!readBack.pages || !hasItems(readBack, answer.body)) return { kind: 'absent', ...seen, latencyMs };
    }
    // What is behind the last page may be the effect.
    return { kind: 'unanswered', code: 'read-back.too-many-pages', latencyMs: this.options.now() - started };
  }

  /** Asks once what the action would do. Whatever comes of it is data: what cannot be shown has a code and our own words for it. */
  async preview(tool: Pinned<ToolContract>, preview: PreviewSource, errand: Errand, signal: AbortSignal, forbids?: SendOptions['forbids']): Promise<PreviewOutcome> {
    const opened = await openAction(this.options.seals, tool, errand.action);
    if (opened.kind !== 'opened') return { kind: 'none', code: opened.code, message: 'a sealed argument cannot be opened', ...(opened.kind === 'not-sent' && { unanswered: true }) };
    const answer = await this.send(tool.document, errand, () => renderRequest(preview.request, valuesOf(opened.action)), signal, forbids);
    if (answer.kind === 'timeout') return { kind: 'none', code: 'TOOL_TIMEOUT', message: 'the tool gave no answer in time', unanswered: true };
    if (answer.kind === 'refused') return { kind: 'none', code: answer.code, message: 'the tool refuses to say' };
    if (answer.kind !== 'answered') return { kind: 'none', code: answer.code, message: answer.kind === 'broken' ? 'the connection broke off' : 'the tool was not asked', unanswered: true };
    const { status, body, problem } = answer;
    if (status < 200 || status > 299) return { kind: 'none', code: `http.${status}`, message: `the tool answered ${status}`, ...(isForNow(status) && { unanswered: true }) };
    if (problem !== undefined || body === undefined) return { kind: 'none', code: ANSWER_INVALID, message: problem === 'too-large' ? 'the answer of the tool is too large' : 'the answer of the tool is no JSON' };
    const { changes, more } = changesOf(preview, opened.hide(body), errand.action.args);
    return changes.length === 0 ? { kind: 'none', code: ANSWER_INVALID, message: 'the answer of the tool has none of the fields' } : { kind: preview.kind, changes, ...(more !== undefined && { more }) };
  }

  /** A request that cannot be rendered, or a system that is not connected, is never sent. */
  private async send(tool: ToolContract, errand: Errand, render: () => RenderedRequest, signal: AbortSignal, forbids?: SendOptions['forbids']): Promise<ToolAnswer> {
    const { adapter, connection: name, maxResultBytes } = tool;
    const connection = adapter === 'privacy' ? OWN_KEYS : this.options.connections.get(name);
    if (!connection) return { kind: 'not-sent', code: 'connection.unknown' };
    let request: RenderedRequest;
    try {
      request = render();
    } catch (fault) {
      return { kind: 'not-sent', code: codeOf(fault) };
    }
    const client = this.options.clients[adapter];
    if (!client) return { kind: 'refused', code: 'adapter.none' };
    const opened = await openConnection(connection, tool, errand, { broker: this.options.credentials, canSign: client.canSign === true }, signal);
    if (opened.kind === 'not-sent') return opened;
    return forbids?.() ?? client.send(opened.connection, request, { signal, maxBytes: maxResultBytes, tool, tenant: errand.action.tenant, forbids });
  }

  private async outcomeOf(tool: Pinned<ToolContract>, opened: OpenedAction, { status, body, problem }: Answered): Promise<Omit<Extract<CallOutcome, { kind: 'answered' }>, 'latencyMs'>> {
    if (status < 200 || status > 299) return { kind: 'answered', status, faults: [] };
    // An empty answer, such as that of a 204, is an empty result; the tool's schema says whether that will do.
    const result = resultOf(tool.document, body ?? {});
    if (problem || !result) return { kind: 'answered', status, faults: [{ pointer: '', message: problem ?? 'the answer is no object' }] };
    const faults = opened.hide(namedFaults(tool.document.result, resultFaults(tool, result)));
    if (faults.length > 0) return { kind: 'answered', status, faults };
    const written = await writtenOf(tool, opened, result);
    const outsideId = outsideIdOf(tool.document, written);
    const kept: { readonly blob: BlobRef } | { readonly result: JsonObject } = sizeOf(written) > MAX_RESULT_BYTES ? { blob: await this.options.blobs.put(Buffer.from(canonicalJson(written)), 'application/json') } : { result: written };
    const exceeded = limitFaults(tool.document, opened.action.args, result);
    if (exceeded.length > 0) return { kind: 'answered', status, faults, exceeded, ...(outsideId === undefined ? {} : { outsideId }) };
    return { kind: 'answered', status, faults, ...kept, ...(outsideId === undefined ? {} : { outsideId }) };
  }
}

/** A result as it may be written down: without what is withheld, with what is personal sealed, and with nothing in it that was opened for the call. */
const writtenOf = ({ document }: Pinned<ToolContract>, { hide, seal }: OpenedAction, result: JsonObject): Promise<JsonObject> => seal(hide(withoutWithheld(document, result)));

const foundIn = async (tool: Pinned<ToolContract>, opened: OpenedAction, { value, result, faults }: Extract<ReadBackFinding, { found: true }>): Promise<Omit<Extract<ReadBackOutcome, { kind: 'found' }>, 'latencyMs'>> => {
  const written = await writtenOf(tool, opened, result);
  const outsideId = outsideIdOf(tool.document, written);
  const isUsable = resultFaults(tool, result).length === 0 && sizeOf(written) <= MAX_RESULT_BYTES;
  return { kind: 'found', sha256: sha256(canonicalJson(value)), faults: opened.hide([...faults, ...limitFaults(tool.document, opened.action.args, result)]), ...(isUsable && { result: written }), ...(outsideId !== undefined && { outsideId }) };
};

const sizeOf = (value: Json): number => Buffer.byteLength(canonicalJson(value));

/** Aborts when the work is given up, or after `limit`. */
export const within = (signal: AbortSignal, limit: Millis): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, limit))]);
