import { oneLine } from '../terminal/safe-text.js';
import { wrappedTable } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import type { Change, Changes } from './changes.js';
import { EFFECTS, paintEffect, rulesOf, verdictText } from './verdict-text.js';

/** What is allowed and was not comes first: it is what a reviewer looks for. */
const TITLES = { allow: 'newly allowed', ask: 'newly asked', deny: 'newly denied' } as const;

const row = ({ tool, tenant, workflow, call, before, after }: Change, { colors }: View): readonly string[] => [
  oneLine(tool),
  oneLine(`${tenant}/${workflow}`),
  verdictText(before, colors),
  verdictText(after, colors),
  oneLine(call),
];

/** Every kind of change with its calls, for people; empty where nothing changes. */
export const changesText = (changes: Changes, view: View): string =>
  EFFECTS.filter((effect) => changes.newly(effect) > 0)
    .map((effect) => {
      const listed = changes.listed(effect);
      const more = changes.newly(effect) - listed.length;
      const head = view.colors.bold(paintEffect(effect, `${TITLES[effect]}: ${changes.newly(effect)}`, view.colors));
      return [head, wrappedTable(['TOOL', 'WORKFLOW', 'BEFORE', 'AFTER', 'CALL'], listed.map((each) => row(each, view)), view.width), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
    })
    .join('\n\n');

/** `1 newly allowed, 0 newly asked, 2 newly denied, 40 as before`. */
export const countsText = (changes: Changes): string => `${EFFECTS.map((effect) => `${changes.newly(effect)} ${TITLES[effect]}`).join(', ')}, ${changes.decided - changes.changed} as before`;

const changeObject = ({ before, after, ...call }: Change): object => ({ ...call, before: { ...before, rules: rulesOf(before) }, after: { ...after, rules: rulesOf(after) } });

export const changesObject = (changes: Changes): object => ({
  decided: changes.decided,
  changed: changes.changed,
  counts: changes.counts,
  newlyAllowed: { count: changes.newly('allow'), calls: changes.listed('allow').map(changeObject) },
  newlyAsked: { count: changes.newly('ask'), calls: changes.listed('ask').map(changeObject) },
  newlyDenied: { count: changes.newly('deny'), calls: changes.listed('deny').map(changeObject) },
});
