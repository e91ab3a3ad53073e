import { CountersignError, timestamp } from '@countersign/kernel';
import type { Action, CommandContext } from '../../command-context.js';
import type { ExitCode } from '../../exit-codes.js';
import { EXIT } from '../../exit-codes.js';
import { viewOf } from '../../terminal/view.js';
import { judge } from '../judge.js';
import { readCallFile } from '../read-call.js';
import { folderBook, inForceBook, withPolicy } from '../rule-book.js';
import { stage } from '../scenario.js';
import { explanationOf, type Explanation } from './explanation.js';
import { explanationObject, explanationText } from './explanation-text.js';
import { explainPast } from './past.js';

export interface ExplainOptions {
  readonly run?: string;
  readonly action?: string;
  readonly config?: string;
}

const HINT = 'give a file `CALL.json`, `--run RUN STEP` or `--action HASH`';

const explainFile = async (context: CommandContext, name: string, config: string | undefined): Promise<Explanation> => {
  const call = await readCallFile(context, name);
  const book = config === undefined ? await inForceBook(context, 'explain under a folder with `--config DIR`') : folderBook(context, config, 'policy explain CALL --config DIR');
  const staged = stage(call, book.controls);
  if ('faults' in staged) throw new CountersignError('JSON_INVALID', `\`${name}\` is no call that can be made\n${staged.faults.map(({ pointer, message }) => `${pointer} ${message}`).join('\n')}`);
  const { proposal, state, now, votes } = staged.scenario;
  const judgement = withPolicy(book.set, (policy) => judge(proposal, state, { controls: book.controls, policy, now, votes }));
  if (!judgement) throw new CountersignError('INTERNAL', 'the call gives policy nothing to decide');
  const { tool, tenant, workflow } = proposal.data.action;
  return explanationOf({ tool, tenant, workflow, at: timestamp(now), under: book.name }, book.set, judgement);
};

const explained = (context: CommandContext, what: string | undefined, { run, action, config }: ExplainOptions): Promise<Explanation> => {
  if (run !== undefined && action !== undefined) throw new CountersignError('USAGE', '`--run` and `--action` exclude each other', { hint: HINT });
  if (run !== undefined) {
    if (what === undefined) throw new CountersignError('USAGE', '`--run` needs a step', { hint: 'such as `--run RUN refund`' });
    return explainPast(context, { run, step: what }, config);
  }
  if (action !== undefined) {
    if (what !== undefined) throw new CountersignError('USAGE', `\`--action\` takes no \`${what}\` beside it`, { hint: HINT });
    return explainPast(context, { action }, config);
  }
  if (what === undefined) throw new CountersignError('USAGE', 'what is to be explained?', { hint: HINT });
  return explainFile(context, what, config);
};

const EXIT_BY_EFFECT = { allow: EXIT.ok, ask: EXIT.pending, deny: EXIT.deniedByPolicy } as const;

/** Exits as the verdict: 0 allowed, 3 denied, 4 asks people. */
export const explainCall: Action<ExplainOptions> = async (context, { args: [what], options }): Promise<ExitCode> => {
  const explanation = await explained(context, what, options);
  context.terminal.result(
    () => explanationText(explanation, viewOf(context)),
    () => explanationObject(explanation),
  );
  return EXIT_BY_EFFECT[explanation.verdict.effect];
};
