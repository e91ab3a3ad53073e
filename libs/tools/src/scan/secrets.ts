/**
 * Shapes of keys and tokens that their makers document, so that leaked ones can be found. secretlint knows more of them, and answers in a promise
 * only: a decision is taken at once. Each pattern is anchored by its own beginning and repeats one class of characters, so it is linear.
 */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/,
  // JSON Web Tokens: a header and a body that are JSON objects.
  /\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,8000}/,
  // Amazon, Google, Microsoft.
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/,
  /\bAIza[\w-]{35}/,
  /\bya29\.[\w-]{20,}/,
  /\bAccountKey=[A-Za-z0-9+/]{40,}/,
  // GitHub, GitLab, npm, PyPI.
  /\bgh[pousr]_[A-Za-z0-9]{30,}/,
  /\bgithub_pat_\w{30,}/,
  /\bglpat-[\w-]{20,}/,
  /\bnpm_[A-Za-z0-9]{30,}/,
  /\bpypi-[\w-]{30,}/,
  // Slack, Stripe, OpenAI and Anthropic, SendGrid, Twilio.
  /\bxox[abeoprs]-[\w-]{10,}/,
  /\bhooks\.slack\.com\/services\/[\w/]{20,}/,
  /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/,
  /\bwhsec_[A-Za-z0-9+/]{16,}/,
  /\bsk-[A-Za-z0-9][\w-]{18,}/,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/,
  /\bSK[0-9a-f]{32}\b/,
  // A user and a password in an address.
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:]{1,100}:[^\s/@]{3,200}@/i,
  // Said to be one.
  /\b(?:password|passwd|passphrase|passcode|secret|api[ _-]?key|access[ _-]?token|auth[ _-]?token|private[ _-]?key)["']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}["']?[^\s"',;]{6,}/i,
];

const TOKEN = /[A-Za-z0-9+/_=-]{20,512}/g;
const HEX = /^[0-9a-f]+$/i;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Bits a character that text does not reach: words and names have 3 to 3.6 at this length, random base64 from 4 on, random hexadecimal 3.3 and more. */
const RANDOM_BITS = 4;
const RANDOM_HEX_BITS = 3;
const SHORTEST_HEX = 32;

const bitsOf = (text: string): number => {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
};

const isRandom = (token: string): boolean => {
  if (UUID.test(token)) return false;
  if (HEX.test(token)) return token.length >= SHORTEST_HEX && /\d/.test(token) && /[a-f]/i.test(token) && bitsOf(token) >= RANDOM_HEX_BITS;
  return /[a-z]/.test(token) && /[A-Z]/.test(token) && /\d/.test(token) && bitsOf(token) >= RANDOM_BITS;
};

export const hasSecret = (text: string): boolean => SHAPES.some((shape) => shape.test(text)) || [...text.matchAll(TOKEN)].some(([token]) => isRandom(token));
