import { formatDuration, formatUsd, type MicroUsd } from '@countersign/kernel';
import type { AgentContract, Pinned } from '@countersign/domain';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { fields, type Field } from '../terminal/fields.js';
import { oneLine } from '../terminal/safe-text.js';
import { who } from '../terminal/short.js';
import type { View } from '../terminal/view.js';
import type { DoorVerdict } from './door.js';
import type { PreviewedArgument } from './known-values.js';
import type { StepFate, StepPreview } from './preview.js';

const refsOf = (reasons: readonly { readonly rule: string; readonly message: string }[]): string => reasons.map(({ rule, message }) => `${oneLine(rule)}: ${oneLine(message)}`).join('\n');

const fateText = ({ fate, people, conditional }: StepPreview, { colors }: View): string => {
  const only = conditional ? colors.dim(' (if its condition holds)') : '';
  switch (fate.kind) {
    case 'skipped':
      return colors.dim('skipped, its condition does not hold');
    case 'not-reached':
      return colors.dim(`not reached, because of ${oneLine(fate.because)}`);
    case 'invalid':
      return [`${colors.red('invalid')}, ${oneLine(fate.code)}: ${oneLine(fate.message)}`, ...fate.faults.map(({ pointer, message }) => `${oneLine(pointer)} ${oneLine(message)}`)].join('\n');
    case 'verdict':
      break;
  }
  const { verdict } = fate;
  switch (verdict.effect) {
    case 'allow':
      return `${colors.green('allowed')}${only}`;
    case 'deny':
      return `${colors.red('denied')}${only}\n${refsOf(verdict.reasons)}`;
    case 'ask': {
      const names = people.map(({ subject }) => who(subject)).join(', ');
      const asked = `${verdict.quorum} of ${verdict.roles.map(oneLine).join(' or ') || 'any approver'} within ${formatDuration(verdict.within)}`;
      return `${colors.cyan('asks people')}${only}: ${asked} (${names === '' ? colors.red('nobody has the role') : names})\n${refsOf(verdict.reasons)}`;
    }
    case 'open':
      return `${colors.yellow('cannot tell yet')}${only}: depends on ${verdict.attributes.map(oneLine).join(', ')}${verdict.atLeast === 'ask' ? '; people are asked in any case' : ''}`;
  }
};

const argumentText = (argument: PreviewedArgument, { colors }: View): string => ('value' in argument ? oneLine(JSON.stringify(argument.value)) : colors.yellow(`known after ${argument.from.map(oneLine).join(', ')}`));

const INDENT = 4;

const stepText = (preview: StepPreview, view: View): string => {
  const { step, tool, effect, after, args } = preview;
  const { colors, width } = view;
  const head = `${colors.bold(oneLine(step))}  ${oneLine(tool)}${effect === undefined ? '' : ` (${effect})`}${after.length === 0 ? '' : colors.dim(`, after ${after.map(oneLine).join(', ')}`)}`;
  const isShown = preview.fate.kind === 'verdict' || preview.fate.kind === 'invalid';
  const lines: Field[] = [...args].map(([name, argument]) => [oneLine(name), argumentText(argument, view)]);
  const fate = fields([['', fateText(preview, view)]], { indent: 0, width });
  return [head, fate, ...(isShown && lines.length > 0 ? [fields(lines, { indent: INDENT, width })] : [])].join('\n');
};

const costText = (steps: readonly StepPreview[], { document }: Pinned<AgentContract>, { colors }: View): string => {
  const most = steps.reduce((sum, { cost }) => sum + cost, 0) as MicroUsd;
  const budget = document.budgets.run.usd;
  const over = budget !== undefined && most > budget ? colors.red(', over the budget') : '';
  return `at most $${formatUsd(most)}${budget === undefined ? '' : ` of $${formatUsd(budget)}`}${over}`;
};

const isDone = ({ fate }: StepPreview): boolean => fate.kind === 'verdict' && fate.verdict.effect !== 'deny';

/** What a task would lead to, for people. */
export const previewText = (task: string, contract: Pinned<AgentContract>, steps: readonly StepPreview[], view: View): string => {
  const { document } = contract;
  const head = `${view.colors.bold(oneLine(task))} would be a run of ${document.workflow}, contract ${document.id} v${document.version}, playbook ${document.playbook}`;
  const calls = steps.filter(isDone).length;
  const end = fields(
    [
      ['cost', costText(steps, contract, view)],
      ['calls', `at most ${calls}${document.budgets.run.toolCalls === undefined ? '' : ` of ${document.budgets.run.toolCalls}`}`],
    ],
    { indent: 0 },
  );
  return [head, ...steps.map((step) => stepText(step, view)), end].join('\n\n');
};

export const refusedText = (task: string, verdict: Extract<DoorVerdict, { admitted: false }>, { colors }: View): string =>
  [`${colors.bold(oneLine(task))} would be ${colors.red('refused')} at the door, ${oneLine(verdict.code)}: ${oneLine(verdict.message)}`, ...verdict.faults.map(({ pointer, message }) => `  ${oneLine(pointer)} ${oneLine(message)}`)].join('\n');

const fateObject = (fate: StepFate): object => (fate.kind === 'verdict' ? { ...fate.verdict } : { ...fate });

export const stepObject = ({ step, tool, effect, after, conditional, args, fate, people, cost }: StepPreview): object => ({
  step,
  tool,
  effect: effect ?? null,
  after,
  conditional,
  args: Object.fromEntries([...args].map(([name, argument]) => [name, 'value' in argument ? { value: argument.value } : { knownAfter: argument.from }])),
  verdict: fateObject(fate),
  people: people.map(({ subject }) => subject),
  costMicroUsd: cost,
});

/** The first step that does not simply go through decides, as it would decide the run. */
export const previewExitCode = (steps: readonly StepPreview[]): ExitCode => {
  for (const { fate } of steps) {
    if (fate.kind === 'invalid') return EXIT.error;
    if (fate.kind === 'verdict' && fate.verdict.effect === 'deny') return EXIT.deniedByPolicy;
    if (fate.kind === 'verdict' && fate.verdict.effect === 'ask') return EXIT.pending;
  }
  return EXIT.ok;
};

