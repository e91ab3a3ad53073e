import { stringify } from 'yaml';
import { isJsonObject, type Json } from '@countersign/kernel';
import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';
import { isEmpty, type ChangePlan } from './change-plan.js';
import { KIND_TITLES, type VersionedFile } from './config-file.js';
import { diffLines, hunks } from './line-diff.js';

/** Enough to see which rule or step a line belongs to. */
const CONTEXT_LINES = 3;

/** The same value with its keys in the order of another: the log knows no order, and a moved key is no change. */
const ordered = (value: Json, like: Json | undefined): Json => {
  if (Array.isArray(value)) return value.map((item: Json, index) => ordered(item, Array.isArray(like) ? ((like[index] ?? like[0]) as Json | undefined) : undefined));
  if (!isJsonObject(value)) return value;
  const model = like !== undefined && isJsonObject(like) ? like : {};
  const names = [...Object.keys(model).filter((name) => Object.hasOwn(value, name)), ...Object.keys(value).filter((name) => !Object.hasOwn(model, name))];
  return Object.fromEntries(names.map((name) => [name, ordered(value[name] ?? null, model[name])]));
};

const yamlLines = (body: Json): string[] => stringify(body, { lineWidth: 0 }).trimEnd().split('\n').map(oneLine);

const titleOf = ({ kind, id, path }: VersionedFile): string => `${KIND_TITLES[kind]} ${oneLine(id)}${path === '' ? '' : ` (${oneLine(path)})`}`;

const changeText = (before: VersionedFile, after: VersionedFile, { colors }: View): string => {
  const head = `${colors.yellow('~')} ${titleOf(after)}  v${before.version} -> v${after.version}`;
  const lines = hunks(diffLines(yamlLines(ordered(before.body, after.body)), yamlLines(after.body)), CONTEXT_LINES).map((line) => {
    if (line === undefined) return colors.dim('    ...');
    const text = `    ${line.sign} ${line.text}`;
    return line.sign === '+' ? colors.green(text) : line.sign === '-' ? colors.red(text) : text;
  });
  return [head, ...lines].join('\n');
};

const count = (number: number, word: string): string => `${number} ${word}`;

/** What a plan changes, for people: one line a file, and of changed files what differs. */
export const planText = (plan: ChangePlan, view: View): string => {
  const { colors } = view;
  if (isEmpty(plan)) return `nothing changes: ${plan.unchanged.length} files are in force as they are`;
  const { added, changed, removed, unchanged } = plan;
  return [
    ...added.map((file) => `${colors.green('+')} ${titleOf(file)}  v${file.version}`),
    ...changed.map(({ before, after }) => changeText(before, after, view)),
    ...removed.map((file) => `${colors.red('-')} ${titleOf(file)}  v${file.version}`),
    colors.dim([count(added.length, 'added'), count(changed.length, 'changed'), count(removed.length, 'removed'), count(unchanged.length, 'as before')].join(', ')),
  ].join('\n');
};

const named = ({ kind, id, version, hash, path }: VersionedFile): object => ({ kind, id, version, hash, path });

/** The same for programs. */
export const planObject = ({ added, changed, removed, unchanged }: ChangePlan): object => ({
  added: added.map(named),
  changed: changed.map(({ before, after }) => ({ before: named(before), after: named(after) })),
  removed: removed.map(named),
  unchanged: unchanged.map(named),
});
