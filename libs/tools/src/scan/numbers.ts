import cardValidator from 'card-validator';
import { countrySpecs, isValidIBAN } from 'ibantools';
import { parsePhoneNumberFromString } from 'libphonenumber-js';

/** Digits in groups, as people write numbers. */
const DIGITS = /(?<![\w+])\d(?:[ -]?\d){12,18}(?![\w])/g;

/** Number of a card of a known scheme, of its length and with its check digit. */
export const hasCard = (text: string): boolean => [...text.matchAll(DIGITS)].some(([number]) => cardValidator.number(number).isValid);

const IBAN_START = /(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){8,40}/gu;

/** An IBAN of a country that has them, of its length and with its check digits. */
export const hasIban = (text: string): boolean =>
  [...text.matchAll(IBAN_START)].some(([written]) => {
    const together = written.replaceAll(' ', '').toUpperCase();
    const length = (countrySpecs as Readonly<Record<string, { readonly chars: number | null }>>)[together.slice(0, 2)]?.chars;
    return typeof length === 'number' && isValidIBAN(together.slice(0, length));
  });

const SSN = /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/;

export const hasSsn = (text: string): boolean => SSN.test(text);

/** With its country in front, or as it is written in the United States: elsewhere a national number cannot be told from another number. */
const INTERNATIONAL = /(?<![\w+])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\d)/g;
const AMERICAN = /(?<![\w+.-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])/g;

export const hasPhone = (text: string): boolean =>
  [...text.matchAll(INTERNATIONAL)].some(([number]) => parsePhoneNumberFromString(number.replace(/^00/, '+'))?.isValid() === true) ||
  [...text.matchAll(AMERICAN)].some(([number]) => parsePhoneNumberFromString(number, 'US')?.isValid() === true);
