/** Control, format, separator and lone surrogate characters: what can move the cursor, reorder or hide text. Line feeds and tabs apart. */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const BREAKS = /[\n\t]/g;

const visible = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
};

/** Text of strangers, made harmless for a terminal: what cannot be seen becomes visible. Line feeds and tabs stay. */
export const safeText = (text: string): string => text.replace(HIDDEN, visible);

/** The same on one line: a stranger's line feed cannot make up a line of ours. */
export const oneLine = (text: string): string => safeText(text).replace(BREAKS, visible);
