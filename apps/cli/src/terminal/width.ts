import { stripVTControlCharacters } from 'node:util';

/** Characters that take two columns: East Asian wide ones and emoji. */
const WIDE = /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const ASCII = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | undefined;
const charactersOf = (text: string): string[] => {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
};

const columnsOf = (character: string): number => (WIDE.test(character) ? 2 : 1);

/** Columns that a text takes on a terminal: colour codes take none. */
export const widthOf = (text: string): number => {
  const plain = stripVTControlCharacters(text);
  return ASCII.test(plain) ? plain.length : charactersOf(plain).reduce((sum, character) => sum + columnsOf(character), 0);
};

/** The longest start of a text without colours that fits. */
const startOf = (plain: string, width: number): string => {
  let kept = '';
  let used = 0;
  for (const character of charactersOf(plain)) {
    used += columnsOf(character);
    if (used > width) break;
    kept += character;
  }
  return kept;
};

// oxlint-disable-next-line no-control-regex -- colours are such sequences
const COLOR_CODES = /(\u001b\[[0-9;]*m)/;

/** The text as it is where it fits, else its start and an ellipsis. Colour codes stay, so that what was opened is closed. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let room = width - 1;
  let isCut = false;
  return text
    .split(COLOR_CODES)
    .map((part, index) => {
      if (index % 2 === 1) return part;
      if (isCut) return '';
      const kept = startOf(part, room);
      room -= widthOf(kept);
      isCut = kept.length < part.length;
      return isCut ? `${kept}…` : kept;
    })
    .join('');
};

/** Filled up with spaces to a width. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Lines of at most `width` columns, broken at spaces where there are any. Nothing is left out. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<= )/)) {
    let rest = word;
    if (widthOf(line + rest.trimEnd()) > width && line !== '') {
      lines.push(line.trimEnd());
      line = '';
    }
    while (widthOf(rest.trimEnd()) > width) {
      // A single character that is wider than a line still has to go somewhere.
      const head = startOf(rest, width) || (charactersOf(rest)[0] ?? rest);
      lines.push(head);
      rest = rest.slice(head.length);
    }
    line += rest;
  }
  return [...lines, line.trimEnd()];
};
