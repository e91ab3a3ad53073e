import { parse } from 'tldts';
import { urlsIn } from '../provenance/mentions.js';
import { hostOfUrl } from '../provenance/normalise-host.js';

/** Links that a mail or chat program would make clickable: with a scheme, or a name under a public suffix. Numbers and abbreviations are none. */
export const linksIn = (text: string): readonly string[] => {
  const lower = text.toLowerCase();
  return [...urlsIn(text)].filter((url) => {
    const { isIcann, isIp, domain } = parse(url);
    // An address of numbers has many spellings; beside a scheme each of them is a link.
    return isIp === true ? /https?:\/\//.test(lower) : (isIcann === true && domain !== null) || lower.includes(`://${hostOfUrl(url)}`);
  });
};
