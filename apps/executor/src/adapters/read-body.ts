import { bytesUpTo, parseExactJson, type Json } from '@countersign/kernel';
import { saidIn } from './said.js';
import type { ToolAnswer } from './tool-client.js';

/** As much of a response as is read here, whoever's `fetch` it comes from. */
export interface Incoming {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/** Reads a response of at most `maxBytes` as JSON; integers that no number holds are texts, which the result's schema and every comparison take for what they are. The rest of a larger one is not taken off the wire. */
export const readAnswer = async (response: Incoming, maxBytes: number): Promise<ToolAnswer> => {
  const answered = { kind: 'answered', status: response.status, ...saidIn(response) } as const;
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body?.cancel();
    return { ...answered, problem: 'too-large' };
  }
  const bytes = await bytesUpTo(maxBytes, response.body);
  if (!bytes) return { ...answered, problem: 'too-large' };
  if (bytes.length === 0) return answered;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { ...answered, body: parseExactJson(text).value as Json };
  } catch {
    return { ...answered, problem: 'not-json' };
  }
};
