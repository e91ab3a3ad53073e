/**
 * Texts of others, such as an agent's arguments, as they may stand on a card. They go into elements that Slack does not parse, and besides
 * nothing is left in them that a client could make a mention or a link of, that hides, or that changes the direction of what is read.
 */

/**
 * Control characters, soft hyphens, zero-width and bidi characters, variation selectors, tags, lone halves of characters, blanks other
 * than the space (also the empty pattern of Braille), and marks on one letter from the third on, which pile up over what is around them.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}|(?<=\p{M}{2})\p{M}/gu;

const named = (character: string): string => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** One line: line breaks are shown like every other character that cannot be seen. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(HIDDEN, named)
    // What Slack's clients make mentions and links of, even where nobody asked them to.
    .replace(/<(?=[!@#]|[a-z][a-z0-9+.-]*:)/gi, '‹')
    .replaceAll('@', '[@]')
    .replace(/:(?=\/\/)/g, '[:]')
    .replace(/(mailto|tel|javascript|data|slack):/gi, '$1[:]')
    .replace(/(www)\.(?=\S)/gi, '$1[.]')
    // A bare name with a dot and letters behind it is made a link of, too.
    .replace(/(?<=[\p{L}\p{N}])\.(?=\p{L}{2,24}(?:[/:?#]|$|[^\p{L}\p{N}.]|\.(?![\p{L}\p{N}])))/gu, '[.]');

/** Several lines. */
export const manyLines = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(oneLine)
    .join('\n');

/** How many letters a text has, as Slack counts them. */
export const lettersOf = (text: string): number => Array.from(text).length;

/** How many lines a text has. */
export const linesOf = (text: string): number => text.split('\n').length;

/** The first lines of a text, which say how many are missing. */
export const cutToLines = (text: string, most: number): string => (linesOf(text) <= most ? text : `${text.split('\n').slice(0, most).join('\n')}\n… (${linesOf(text) - most} more lines)`);

/** The beginning of a text, which says how much is missing. */
export const cutTo = (text: string, length: number): string => {
  const letters = Array.from(text);
  return letters.length <= length ? text : `${letters.slice(0, length).join('')}… (${letters.length - length} more)`;
};
