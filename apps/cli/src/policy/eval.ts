import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Verdict } from '@countersign/domain';
import { readCall, type Evaluator } from '@countersign/evaluation';
import { CountersignError, messageOf, type Instant, type Json } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { Interrupted } from '../terminal/failure.js';
import { oneLine } from '../terminal/safe-text.js';
import { localPolicy } from './local-policy.js';

export interface EvalOptions {
  readonly calls: string;
  readonly config?: string;
}

/** What `policy eval` says of one line. */
type Answer =
  | { readonly id: Json; readonly verdict: Verdict['effect']; readonly tier: number; readonly reasons: readonly { readonly rule: string; readonly message: string }[]; readonly ms: number }
  | { readonly id: Json; readonly error: string };

const reasonsOf = (verdict: Verdict): readonly { readonly rule: string; readonly message: string }[] =>
  verdict.effect === 'allow' ? verdict.rules.map((rule) => ({ rule, message: 'permits the tool' })) : verdict.reasons.map(({ rule, message }) => ({ rule, message }));

const answerTo = (text: string, line: number, evaluator: Evaluator, now: Instant): Answer => {
  const reading = readCall(text);
  if ('error' in reading) return { id: reading.id, error: `line ${line}: ${reading.error}` };
  const { call } = reading;
  const started = performance.now();
  try {
    const verdict = evaluator.decide(call, call.at ?? now);
    return { id: call.id, verdict: verdict.effect, tier: verdict.effect === 'ask' ? verdict.tier : 0, reasons: reasonsOf(verdict), ms: Number((performance.now() - started).toFixed(3)) };
  } catch (fault) {
    return { id: call.id, error: `line ${line}: ${messageOf(fault)}` };
  }
};

const WIDEST_VERDICT = 'allow'.length;
const ID_WIDTH = 24;

const textOf = (answer: Answer, { colors }: CommandContext['terminal']): string => {
  const id = oneLine(typeof answer.id === 'string' ? answer.id : JSON.stringify(answer.id)).padEnd(ID_WIDTH);
  if ('error' in answer) return `${colors.red('error'.padEnd(WIDEST_VERDICT))}  ${id}  ${oneLine(answer.error)}`;
  const color = { allow: colors.green, deny: colors.red, ask: colors.yellow }[answer.verdict];
  return `${color(answer.verdict.padEnd(WIDEST_VERDICT))}  ${id}  ${answer.reasons.map(({ rule, message }) => `${oneLine(rule)}: ${oneLine(message)}`).join('; ')}`;
};

/** Lines of a file, one at a time: a long one takes no more memory than a short one. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path);
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity });
  } catch (cause) {
    throw new CountersignError('NOT_FOUND', `the calls in \`${path}\` cannot be read: ${messageOf(cause)}`, { cause });
  } finally {
    stream.destroy();
  }
}

export const evalCalls: Action<EvalOptions> = async (context, { options }) => {
  const { terminal, clock, cwd, signal } = context;
  const evaluator = localPolicy(context, options.config);
  const counts = { allow: 0, ask: 0, deny: 0, error: 0 };
  let line = 0;
  for await (const text of linesOf(resolve(cwd, options.calls))) {
    line += 1;
    if (signal.aborted) throw new Interrupted();
    if (text.trim() === '') continue;
    const answer = answerTo(text, line, evaluator, clock.now());
    counts['error' in answer ? 'error' : answer.verdict] += 1;
    terminal.raw(terminal.json ? JSON.stringify(answer) : textOf(answer, terminal));
  }
  if (!terminal.json) terminal.message(`${counts.allow} allowed, ${counts.ask} asked about, ${counts.deny} denied, ${counts.error} not readable`);
  return counts.error === 0 ? EXIT.ok : EXIT.error;
};
