import { parseExactJson, type Json } from '@countersign/kernel';
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
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) return { ...answered, problem: 'too-large' };
    chunks.push(chunk);
  }
  if (size === 0) return answered;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return { ...answered, body: parseExactJson(text).value as Json };
  } catch {
    return { ...answered, problem: 'not-json' };
  }
};
