import { isJsonObject, pointerPart, type Json, type JsonObject } from '@countersign/kernel';

/** A text that a tool contract shows to people and to models, and where it stands. */
export interface ShownText {
  readonly pointer: string;
  readonly text: string;
}

const WORDS = new Set(['title', 'description', '$comment']);
/** Words in a schema, at any depth. */
const wordsIn = (value: Json, pointer: string): readonly ShownText[] => {
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => wordsIn(item, `${pointer}/${index}`));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = `${pointer}/${pointerPart(key)}`;
    return WORDS.has(key) && typeof item === 'string' ? [{ pointer: at, text: item }] : wordsIn(item, at);
  });
};

/** Everything that a model reads of a tool. Names of arguments are read too. */
export const textsOf = ({ description, args }: { readonly description: string; readonly args: JsonObject }): readonly ShownText[] => {
  const properties: Json = args['properties'] ?? {};
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  return [{ pointer: '/description', text: description }, ...names.map((name) => ({ pointer: `/args/properties/${pointerPart(name)}`, text: name })), ...wordsIn(args, '/args')];
};

/** Characters that a reader does not see, or that turn the line around: zero-width ones, marks of direction, tags, variation selectors. */
const UNSEEN = /[\p{Cf}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}\u{180B}-\u{180F}\u{115F}\u{1160}\u{3164}\u{FFA0}]/u;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for.
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const LATIN = /\p{Script=Latin}/u;
/** Scripts with letters that look like Latin ones. */
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}]/u;
/** Latin letters that are none: bold, circled and full-width ones. */
const DRESSED = /[\u{1D400}-\u{1D7FF}\u{FF21}-\u{FF5A}\u{24B6}-\u{24E9}\u{1F130}-\u{1F189}]/u;

/** Why a text is not what it looks like; `undefined` where it is. */
export const disguise = (text: string): string | undefined => {
  if (UNSEEN.test(text) || CONTROL.test(text)) return 'holds characters that nobody sees';
  const words = text.match(WORD) ?? [];
  const mixed = words.find((word) => DRESSED.test(word) || (LATIN.test(word) && LOOKALIKE.test(word)));
  return mixed === undefined ? undefined : 'holds letters that look like others';
};

/** What is written for a model and not about the tool. A description that needs any of this has to be written anew. */
const TO_A_MODEL: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|previous|prior|above|earlier|other|rule|polic|guideline|system)/i,
  /<\/?\s*(?:important|system|instructions?|assistant|admin|secret)\b/i,
  /\b(?:system|developer)\s+(?:prompt|message)\b/i,
  /\b(?:do\s+not|don't|never|without)\s+(?:tell|mention|inform|notify|reveal|show|ask|alert)/i,
  /\byou\s+(?:must|should|shall|need\s+to|have\s+to|are\s+(?:an?|now|required|allowed))\b/i,
  /\b(?:as|like)\s+an?\s+(?:ai|assistant|agent|language\s+model|llm)\b/i,
  /\b(?:before|after|instead\s+of|prior\s+to)\s+(?:using|calling|invoking|you\s+(?:use|call))\b/i,
  /\b(?:always|first|also|then)\s+(?:call|use|invoke|run|read|send|include|pass)\b/i,
  /\b(?:call|invoke)\s+(?:the\s+)?\S+\s+(?:tool|function)\b/i,
];

/** Whether a text speaks to a model instead of saying what a tool does. */
export const speaksToModel = (text: string): boolean => {
  const plain = text.normalize('NFKC').replace(/\s+/g, ' ');
  return TO_A_MODEL.some((pattern) => pattern.test(plain));
};
