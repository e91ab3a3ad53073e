/** Characters that nobody sees, that end a line or that have no meaning yet: a text with one of them says something else than it shows. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\p{Default_Ignorable_Code_Point}]/u;

/** Scripts that one word may mix: Japanese and Korean are written so. */
const TOGETHER = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u;
const SCRIPTS = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee', 'Hebrew', 'Arabic', 'Devanagari', 'Thai', 'Georgian', 'Ethiopic', 'Coptic', 'Lisu', 'Deseret'].map((name) => new RegExp(`\\p{Script=${name}}`, 'u'));

const ASCII = /^[\x20-\x7e]*$/;

/**
 * Whether a text may be shown and read as another one: compatibility forms, invisible characters, scripts mixed in one word.
 * Such a value is never equal to a known place, whatever it is compared with.
 */
export const mayMislead = (text: string): boolean => {
  if (ASCII.test(text)) return false;
  if (UNSEEN.test(text) || !text.isWellFormed() || text.normalize('NFKC') !== text) return true;
  return text.split(/[^\p{L}\p{M}]+/u).some((word) => !TOGETHER.test(word) && SCRIPTS.filter((script) => script.test(word)).length > 1);
};
