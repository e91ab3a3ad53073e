import { parse } from 'tldts';
import { urlsIn } from '../provenance/mentions.js';

const WITH_SCHEME = /https?:\/\//i;

/** Links that a mail or chat program would make clickable: with a scheme, or a name under a public suffix. Numbers and abbreviations are none. */
export const linksIn = (text: string): readonly string[] => {
  const isWritten = WITH_SCHEME.test(text);
  return [...urlsIn(text)].filter((url) => {
    const { isIcann, isIp, domain } = parse(url);
    return isIp === true ? isWritten : isIcann === true && domain !== null;
  });
};
