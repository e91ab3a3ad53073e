/** What has a meaning of its own in a pattern. */
const SPECIAL = /[$()*+./?[\\\]^{|}]/g;

/**
 * Whether a text is somebody's name, or names them: as a word of its own. No longer number or address is meant: `cus_1` is not in `cus_10`, and
 * `ada@example.com` not in `ada@example.com.evil`.
 */
export const namedAs = (subject: string): ((text: string) => boolean) => {
  const word = new RegExp(`(?<![\\p{L}\\p{N}_.@+-])${subject.replaceAll(SPECIAL, '\\$&')}(?![\\p{L}\\p{N}_@+-]|\\.[\\p{L}\\p{N}])`, 'u');
  return (text) => text === subject || word.test(text);
};
