import type { IncomingMessage } from 'node:http';
import { defaultBodyLimit, HTTPModuleFunctions, HTTPReceiver, isRawBodyError, type HTTPReceiverOptions } from '@slack/bolt';
import { isJsonObject, type Json } from '@countersign/kernel';

const { parseAndVerifyHTTPRequest, parseHTTPRequestBody } = HTTPModuleFunctions;

/** Where Slack calls back. */
const ENDPOINT = '/slack/events';

const isCallback = ({ method, url = '' }: IncomingMessage): boolean => method === 'POST' && URL.canParse(url, 'http://localhost') && new URL(url, 'http://localhost').pathname === ENDPOINT;

/**
 * Bolt's receiver of callbacks, with a look at each in front of it: a signed body that is JSON and no object, such as `payload=null`,
 * ends the process from within Bolt, where nobody can catch it. It is answered with 400.
 */
export const callbackReceiver = (options: HTTPReceiverOptions & { readonly signingSecret: string }): HTTPReceiver => {
  const receiver = new HTTPReceiver({ ...options, endpoints: ENDPOINT });
  const bolt = receiver.requestListener;
  receiver.requestListener = (request, response) => {
    if (!isCallback(request)) return bolt(request, response);
    void faultOf(request, options.signingSecret).then((status) => (status === undefined ? bolt(request, response) : response.writeHead(status).end()));
  };
  return receiver;
};

/** The status that a callback is refused with; `undefined` for one that Bolt may have. It reads the body, and leaves it where Bolt finds it. */
const faultOf = async (request: IncomingMessage, signingSecret: string): Promise<number | undefined> => {
  const proven = await parseAndVerifyHTTPRequest({ signingSecret, bodyLimit: defaultBodyLimit }, request).catch((fault: unknown) => (isRawBodyError(fault as Error) && (fault as { readonly statusCode?: number }).statusCode === 413 ? 413 : 401));
  if (typeof proven === 'number') return proven;
  try {
    return isJsonObject(parseHTTPRequestBody(proven) as Json) ? undefined : 400;
  } catch {
    return 400;
  }
};
