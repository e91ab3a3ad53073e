import { pad, widthOf, wrap } from './width.js';

/** A label and what stands beside it; `undefined` leaves the line out. */
export type Field = readonly [label: string, value: string | undefined];

/** Narrower than this a wrapped value is harder to read than a broken one. */
const NARROWEST = 30;

/** Labels, aligned, with values beside them. Values are wrapped to `width`, never cut, and may hold line feeds of ours. */
export const fields = (given: readonly Field[], { indent = 2, width }: { readonly indent?: number; readonly width?: number | undefined } = {}): string => {
  const shown = given.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const]));
  const column = Math.max(0, ...shown.map(([label]) => widthOf(label))) + 2;
  const room = width === undefined ? undefined : Math.max(NARROWEST, width - indent - column);
  return shown
    .flatMap(([label, value]) => {
      const lines = value.split('\n').flatMap((line) => (room === undefined || widthOf(line) <= room ? [line] : wrap(line, room)));
      return lines.map((line, index) => `${' '.repeat(indent)}${pad(index === 0 ? label : '', column)}${line}`.trimEnd());
    })
    .join('\n');
};
