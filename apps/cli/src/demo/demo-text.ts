import { wrappedTable } from '../terminal/table.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortId } from '../terminal/short.js';
import type { View } from '../terminal/view.js';
import type { ArchiveCheck } from './check-archive.js';
import { nameOf } from './check-outcome.js';
import type { Result } from './demo.js';

const MARKS = { right: '✓', wrong: '✗', waits: '…' } as const;

const noteOf = ({ task, outcome: { state } }: Result): string => {
  if (task.expected.outcome === 'duplicate') return `the same as ${task.expected.of?.replace(/\.json$/, '') ?? 'before'}: answered alike, done once`;
  switch (state.kind) {
    case 'pending':
      return state.reasons.map(({ rule, message }) => `${rule}: ${message}`).join('; ');
    case 'asking':
      return state.message;
    case 'refused':
      return `${state.code}${state.faults.map(({ pointer }) => ` ${pointer}`).join('')}`;
    case 'not-yours':
      return `acts for ${state.subject}`;
    case 'finished':
      return state.outcome === 'succeeded' ? (task.expected.refund || task.expected.issue ? 'done once, and read back' : '') : state.reason;
    case 'sent':
    case 'under-way':
      return 'no answer in time';
  }
};

/** What became of the tasks of one example. */
export const exampleText = (title: string, results: readonly Result[], { colors, width }: View): string => {
  const rows = results.map((result) => {
    const { fault, task, outcome } = result;
    const waits = outcome.state.kind === 'pending';
    const mark = fault !== undefined ? colors.red(MARKS.wrong) : waits ? colors.yellow(MARKS.waits) : colors.green(MARKS.right);
    const name = waits ? 'waits for a person' : nameOf(outcome.state);
    return [mark, task.name, shortId(outcome.run), name, oneLine(fault ?? noteOf(result))];
  });
  return `${colors.bold(title)}\n${wrappedTable(['', 'TASK', 'RUN', 'OUTCOME', 'NOTE'], rows, width)}`;
};

/** That the archive is what was signed, and that a copy in which something was changed is not. */
export const archiveText = ({ lines, intact, found }: ArchiveCheck, { colors }: View): string => {
  const mark = (isRight: boolean): string => (isRight ? colors.green(MARKS.right) : colors.red(MARKS.wrong));
  return [colors.bold('the archive: everything that happened, verified from one public key'), ...lines.map((line, at) => `${mark(at === 0 ? intact : found)}${line}`)].join('\n');
};

/** What a person can do with the stack that the demo left running. */
export const nextText = (results: readonly Result[], { colors, command }: View): string => {
  const waiting = results.flatMap(({ task, outcome: { state } }) => (state.kind === 'pending' ? [{ id: operand(state.approval), isBad: task.expected.answer === 'deny' }] : []));
  const denied = results.find(({ task }) => task.expected.outcome === 'denied');
  const done = results.find(({ task }) => task.expected.outcome === 'succeeded');
  const lines: (readonly [string, string])[] = [
    ...waiting.flatMap(({ id, isBad }): (readonly [string, string])[] =>
      isBad
        ? [['say no to the injected receipt', command(`approvals deny --reason "nobody asked for that" ${id}`)]]
        : [
            ['see what waits for you', command(`approvals show ${id}`)],
            ['say yes to exactly that', command(`approvals approve ${id}`)],
          ],
    ),
    ...(denied ? ([['why the export was denied', command(`runs show ${shortId(denied.outcome.run)}`)]] as const) : []),
    ...(done ? ([['the record of a run', command(`runs show ${shortId(done.outcome.run)} --format jsonl`)]] as const) : []),
    ['lower the limit, then', `${command('config diff config')}, ${command('config apply config')}`],
    ['everything that happens', command('tail --follow')],
    ['verify all of it', command('ledger verify')],
    ['stop the stack', command('dev down')],
  ];
  const widest = Math.max(...lines.map(([what]) => what.length));
  return `${colors.bold('What to try next')}\n${lines.map(([what, how]) => `  ${what.padEnd(widest)}  ${colors.cyan(how)}`).join('\n')}`;
};
