import type { Finding } from '@countersign/domain';
import { isSealed } from '@countersign/kernel';
import { emailsIn } from '../provenance/mentions.js';
import { linksIn } from './links.js';
import { hasCard, hasIban, hasPhone, hasSsn } from './numbers.js';
import { hasSecret } from './secrets.js';

/** An action has no more than 48 KiB; what would be beyond counts as everything that can be found. */
const MOST_SCANNED = 64 * 1024;

const FINDERS: Readonly<Record<Exclude<Finding, 'link'>, (text: string) => boolean>> = {
  secret: hasSecret,
  card: hasCard,
  iban: hasIban,
  ssn: hasSsn,
  email: (text) => text.includes('@') && emailsIn(text).size > 0,
  phone: hasPhone,
};

/** `isKnown` is asked of each link, normalised. Linear in the texts. */
export const findingsIn = (texts: readonly string[], isKnown: (url: string) => boolean): readonly Finding[] => {
  const all = [...Object.keys(FINDERS), 'link'] as Finding[];
  // What cannot be read could be all of it.
  if (texts.some(isSealed)) return all;
  if (texts.reduce((sum, { length }) => sum + length, 0) > MOST_SCANNED) return all;
  // Full-width digits and the like are read as a person reads them.
  const plain = texts.map((text) => text.normalize('NFKC').replaceAll(/\p{Cf}/gu, ''));
  return all.filter((finding) => plain.some((text) => (finding === 'link' ? linksIn(text).some((url) => !isKnown(url)) : FINDERS[finding](text))));
};
