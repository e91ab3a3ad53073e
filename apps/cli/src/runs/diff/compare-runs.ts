import { BY_NATURE, type Fact } from './facts-of-run.js';

export interface Compared {
  readonly section: string;
  readonly name: string;
  /** What the one and the other say, and by which events; absent where one says nothing of it. */
  readonly a?: Pick<Fact, 'value' | 'event'>;
  readonly b?: Pick<Fact, 'value' | 'event'>;
  readonly differs: boolean;
}

const keyOf = ({ section, name }: Pick<Fact, 'section' | 'name'>): string => JSON.stringify([section, name]);

const said = (fact: Fact | undefined): Pick<Fact, 'value' | 'event'> | undefined => fact && { value: fact.value, event: fact.event };

/** Two runs, fact by fact: sections in the order in which they come up, ids and times last. */
export const compareRuns = (one: readonly Fact[], other: readonly Fact[]): readonly Compared[] => {
  const [a, b] = [one, other].map((facts) => new Map(facts.map((fact) => [keyOf(fact), fact])));
  const rows = [...new Map([...one, ...other].map((fact) => [keyOf(fact), fact])).values()].map(({ section, name }): Compared => {
    const [left, right] = [said(a?.get(keyOf({ section, name }))), said(b?.get(keyOf({ section, name })))];
    return { section, name, ...(left && { a: left }), ...(right && { b: right }), differs: left?.value !== right?.value };
  });
  const sections = [...new Set(rows.map(({ section }) => section))].toSorted((x, y) => rank(x) - rank(y));
  return sections.flatMap((section) => rows.filter((row) => row.section === section));
};

/** Steps are compared where they stand in the run. */
const rank = (section: string): number => (section === BY_NATURE ? 4 : section === 'end' ? 3 : section === 'task' ? 0 : section === 'versions' ? 1 : 2);

/** Whether the runs differ in anything but what is another one each time. */
export const areDifferent = (rows: readonly Compared[]): boolean => rows.some(({ section, differs }) => differs && section !== BY_NATURE);
