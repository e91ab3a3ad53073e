import { outsideFetch } from '@countersign/outbound';
import type { Response } from 'undici';
import type { Connection, HttpConnection } from './connections.js';
import { formOf } from './form-body.js';
import { requireUrl } from './require-url.js';
import { readAnswer } from './read-body.js';
import type { SendOptions, ToolAnswer, ToolRequest } from './tool-client.js';
import { answerOfFault } from './transport-fault.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** A query as it stands in a URL, without the question mark. */
export const searchOf = (query: ToolRequest['query']): string => new URLSearchParams(Object.entries(query).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each]))).toString().replaceAll('+', '%20');

const urlOf = ({ url }: HttpConnection, { path, query }: ToolRequest): URL => {
  const target = new URL(url);
  target.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  target.search = searchOf(query);
  return target;
};

/** The bytes of a body and what they are; nothing where the request has none. */
export const bodyOf = ({ body, encoding }: ToolRequest): { readonly text: string; readonly type: string } | undefined => {
  if (body === undefined) return undefined;
  return encoding === 'form' ? { text: formOf(body), type: FORM_TYPE } : { text: JSON.stringify(body), type: JSON_TYPE };
};

export interface Sending {
  /** What proves who asks; a tool contract cannot set it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Default: JSON of at most as many bytes as the tool may answer with. */
  readonly read?: (response: Response, maxBytes: number) => Promise<ToolAnswer>;
}

/** One request over HTTP, sent once. A redirect is an answer like any other: nothing is followed to another place. */
export const sendOverHttp = async (given: Connection, request: ToolRequest, { signal, maxBytes }: SendOptions, sendingOf: (connection: HttpConnection, body: string) => Sending): Promise<ToolAnswer> => {
  try {
    const connection = requireUrl(given);
    const url = urlOf(connection, request);
    const encoded = bodyOf(request);
    const body = encoded && { body: encoded.text };
    const { headers: proof, read = readAnswer } = sendingOf(connection, encoded?.text ?? '');
    const headers = { accept: JSON_TYPE, ...(encoded && { 'content-type': encoded.type }), ...request.headers, ...proof };
    const signed = await connection.sign?.({ method: request.method, url, headers, ...body });
    const response = await outsideFetch(connection, url, { method: request.method, signal, headers: signed ?? headers, ...body });
    return await read(response, maxBytes);
  } catch (fault) {
    return answerOfFault(fault, signal);
  }
};

export const bearerOf = ({ token }: HttpConnection): Readonly<Record<string, string>> => (token === undefined ? {} : { authorization: `Bearer ${token}` });
