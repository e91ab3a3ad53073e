/** What tool ids are made of, and `*`. Lower case only: engines compare with case, so another spelling must not exist. */
const PATTERN = /^[a-z0-9._*-]+$/;

/** Why a pattern can match no tool id; `undefined` where it can. */
export const patternFault = (pattern: string): string | undefined => {
  if (PATTERN.test(pattern)) return undefined;
  return pattern === pattern.toLowerCase()
    ? `\`${pattern}\` can match no tool: tool ids are names of lower case letters, digits, underscores and dashes, joined by dots`
    : `\`${pattern}\` can match no tool: tool ids are lower case`;
};
