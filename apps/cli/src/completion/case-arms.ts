import type { Place } from './command-tree.js';

/** A text as bash and zsh read it without looking into it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** One arm of a `case`; none where nothing leads to it. */
const arm = (patterns: readonly string[], body: string): readonly string[] => (patterns.length === 0 ? [] : [`${patterns.map(quoted).join(' | ')}) ${body} ;;`]);

/** The words so far and one more are those of a command. */
export const entersArm = (places: readonly Place[], body: string): readonly string[] => arm(places.flatMap(({ at }) => (at === '' ? [] : [at])), body);

/** The words so far and the last one before the cursor: that is an option, and its value comes. */
export const valueArm = (places: readonly Place[], body: string): readonly string[] =>
  arm(places.flatMap(({ at, options }) => options.flatMap(({ takesValue, words }) => (takesValue ? words.map((word) => `${at} ${word}`) : []))), body);

/** The same where it is known what the value may be. */
export const choiceArms = (places: readonly Place[], body: (choices: readonly string[]) => string): readonly string[] =>
  places.flatMap(({ at, options }) => options.flatMap(({ choices, words }) => (choices.length === 0 ? [] : arm(words.map((word) => `${at} ${word}`), body(choices)))));

/** The words so far. */
export const placeArms = (places: readonly Place[], body: (place: Place) => string): readonly string[] => places.flatMap((place) => arm([place.at], body(place)));
