/** What only people and companies do: whoever did it is somebody, and its name may begin the sentence. */
const DEEDS: ReadonlySet<string> = new Set(['sent', 'called', 'wrote', 'asked', 'said', 'told', 'emailed', 'messaged', 'charged', 'billed', 'invoiced', 'paid', 'refunded', 'overcharged', 'owes']);

/** Those who do it without a name. */
const NAMELESS: ReadonlySet<string> = new Set(
  (
    'i you he she it we they who what which this that these those one others people customers and then all both each few many most none several some ' +
    'another either neither nothing something everything anything somebody someone anybody anyone everybody everyone nobody'
  ).split(' '),
);

const NEXT_WORD = /^ ([a-z]{1,20})(?![\p{L}\p{M}\p{N}_-])/u;

/** Whether the word that begins a sentence is the name of who did something: `Spotify sent me a note`. `after` is what follows the word. */
export const isSubject = (word: string, after: string): boolean => !NAMELESS.has(word.toLowerCase()) && DEEDS.has(NEXT_WORD.exec(after)?.[1] ?? '');
