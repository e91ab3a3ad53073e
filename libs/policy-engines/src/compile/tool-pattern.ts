/** What tool ids are made of, and `*`. Lower case only: engines compare with case, so another spelling must not exist. */
const PATTERN = /^[a-z0-9._*-]+$/;

/** Why a pattern can match no tool id; `undefined` where it can. */
export const patternFault = (pattern: string): string | undefined => {
  if (PATTERN.test(pattern)) return undefined;
  return pattern === pattern.toLowerCase()
    ? `\`${pattern}\` can match no tool: tool ids are names of lower case letters, digits, underscores and dashes, joined by dots`
    : `\`${pattern}\` can match no tool: tool ids are lower case`;
};

/** Whether a pattern covers a text; `*` is any run of characters, dots too. Linear in both, whatever the pattern. */
export const covers = (pattern: string, text: string): boolean => {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
};
