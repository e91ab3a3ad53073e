/**
 * What Slack refuses in blocks, by its own reference: types, lengths and counts. It is stricter than Slack in one thing: what it does not
 * know it refuses, so that nobody relies on what was never looked at.
 */

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const lettersOf = (text: string): number => Array.from(text).length;

/** Collects what is wrong, with the place of it. */
class Faults {
  readonly found: string[] = [];

  say(place: string, what: string): void {
    this.found.push(`${what} [json-pointer:${place}]`);
  }

  only(place: string, value: Fields, names: readonly string[]): void {
    for (const name of Object.keys(value)) if (!names.includes(name)) this.say(`${place}/${name}`, 'unknown field');
  }

  text(place: string, value: unknown, most: number, least = 1): void {
    if (typeof value !== 'string') this.say(place, 'must be a string');
    else if (lettersOf(value) < least) this.say(place, `must be at least ${least} characters`);
    else if (lettersOf(value) > most) this.say(place, `must be at most ${most} characters`);
  }

  list(place: string, value: unknown, most: number, each: (item: unknown, at: string) => void): void {
    if (!Array.isArray(value) || value.length === 0) return this.say(place, 'must be a list that is not empty');
    if (value.length > most) this.say(place, `must have at most ${most} items`);
    for (const [index, item] of value.entries()) each(item, `${place}/${index}`);
  }
}

const LIMITS = { header: 150, section: 3_000, field: 2_000, context: 2_000, button: 75, value: 2_000, id: 255, label: 2_000, title: 24, metadata: 3_000, rich: 3_000 } as const;

const textObject = (faults: Faults, place: string, value: unknown, most: number, types: readonly string[] = ['plain_text', 'mrkdwn']): void => {
  if (!isFields(value)) return faults.say(place, 'must be a text object');
  if (typeof value['type'] !== 'string' || !types.includes(value['type'])) faults.say(`${place}/type`, `must be ${types.join(' or ')}`);
  faults.only(place, value, value['type'] === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji']);
  faults.text(`${place}/text`, value['text'], most);
};

const element = (faults: Faults, place: string, value: unknown): void => {
  if (!isFields(value) || value['type'] !== 'button') return faults.say(place, 'must be a button');
  faults.only(place, value, ['type', 'action_id', 'text', 'value', 'style', 'confirm']);
  faults.text(`${place}/action_id`, value['action_id'], LIMITS.id);
  textObject(faults, `${place}/text`, value['text'], LIMITS.button, ['plain_text']);
  if (value['value'] !== undefined) faults.text(`${place}/value`, value['value'], LIMITS.value, 0);
  if (value['style'] !== undefined && value['style'] !== 'primary' && value['style'] !== 'danger') faults.say(`${place}/style`, 'must be primary or danger');
};

const richText = (faults: Faults, place: string, value: unknown): void => {
  if (!isFields(value) || !['rich_text_section', 'rich_text_preformatted', 'rich_text_quote'].includes(String(value['type']))) return faults.say(place, 'unknown element of a rich text');
  faults.only(place, value, ['type', 'elements', 'border']);
  faults.list(`${place}/elements`, value['elements'], 200, (item, at) => {
    // Users, channels, links and broadcasts are elements of their own: nothing here makes one.
    if (!isFields(item) || item['type'] !== 'text') return faults.say(at, 'unknown element of a rich text');
    faults.only(at, item, ['type', 'text', 'style']);
    faults.text(`${at}/text`, item['text'], LIMITS.rich);
  });
};

const input = (faults: Faults, place: string, value: Fields): void => {
  textObject(faults, `${place}/label`, value['label'], LIMITS.label, ['plain_text']);
  const box = value['element'];
  if (!isFields(box) || box['type'] !== 'plain_text_input') return faults.say(`${place}/element`, 'must be a plain_text_input');
  faults.only(`${place}/element`, box, ['type', 'action_id', 'multiline', 'min_length', 'max_length', 'placeholder', 'initial_value']);
  faults.text(`${place}/element/action_id`, box['action_id'], LIMITS.id);
};

const BLOCKS: Readonly<Record<string, { readonly fields: readonly string[]; readonly check: (faults: Faults, place: string, block: Fields) => void }>> = {
  header: { fields: ['text'], check: (faults, place, { text }) => textObject(faults, `${place}/text`, text, LIMITS.header, ['plain_text']) },
  divider: { fields: [], check: () => undefined },
  section: {
    fields: ['text', 'fields'],
    check: (faults, place, { text, fields }) => {
      if (text === undefined && fields === undefined) faults.say(place, 'must have a text or fields');
      if (text !== undefined) textObject(faults, `${place}/text`, text, LIMITS.section);
      if (fields !== undefined) faults.list(`${place}/fields`, fields, 10, (field, at) => textObject(faults, at, field, LIMITS.field));
    },
  },
  context: { fields: ['elements'], check: (faults, place, { elements }) => faults.list(`${place}/elements`, elements, 10, (item, at) => textObject(faults, at, item, LIMITS.context)) },
  actions: {
    fields: ['elements'],
    check: (faults, place, { elements }) => {
      faults.list(`${place}/elements`, elements, 25, (item, at) => element(faults, at, item));
      const ids = Array.isArray(elements) ? elements.map((item: unknown) => (isFields(item) ? item['action_id'] : undefined)) : [];
      if (new Set(ids).size !== ids.length) faults.say(`${place}/elements`, '`action_id` must be unique in a block');
    },
  },
  rich_text: { fields: ['elements'], check: (faults, place, { elements }) => faults.list(`${place}/elements`, elements, 100, (item, at) => richText(faults, at, item)) },
  input: { fields: ['label', 'element', 'optional', 'hint'], check: input },
};

const blocksFaults = (faults: Faults, blocks: unknown, most: number, isModal: boolean): void => {
  faults.list('/blocks', blocks, most, (block, at) => {
    const rule = isFields(block) && typeof block['type'] === 'string' && Object.hasOwn(BLOCKS, block['type']) ? BLOCKS[block['type']] : undefined;
    if (!rule || !isFields(block) || (block['type'] === 'input' && !isModal)) return faults.say(`${at}/type`, 'unknown block');
    faults.only(at, block, ['type', 'block_id', ...rule.fields]);
    if (block['block_id'] !== undefined) faults.text(`${at}/block_id`, block['block_id'], LIMITS.id);
    rule.check(faults, at, block);
  });
  const ids = (Array.isArray(blocks) ? blocks : []).flatMap((block: unknown) => (isFields(block) && block['block_id'] !== undefined ? [block['block_id']] : []));
  if (new Set(ids).size !== ids.length) faults.say('/blocks', '`block_id` must be unique');
};

/** What is wrong with the blocks of a message; empty where Slack takes them. */
export const messageFaults = (blocks: unknown): readonly string[] => {
  const faults = new Faults();
  blocksFaults(faults, blocks, 50, false);
  return faults.found;
};

/** What is wrong with a modal. */
export const modalFaults = (view: unknown): readonly string[] => {
  const faults = new Faults();
  if (!isFields(view) || view['type'] !== 'modal') return ['must be a modal [json-pointer:/type]'];
  faults.only('', view, ['type', 'callback_id', 'private_metadata', 'title', 'close', 'submit', 'blocks', 'clear_on_close', 'notify_on_close']);
  textObject(faults, '/title', view['title'], LIMITS.title, ['plain_text']);
  for (const name of ['close', 'submit']) if (view[name] !== undefined) textObject(faults, `/${name}`, view[name], LIMITS.title, ['plain_text']);
  if (view['callback_id'] !== undefined) faults.text('/callback_id', view['callback_id'], LIMITS.id);
  if (view['private_metadata'] !== undefined) faults.text('/private_metadata', view['private_metadata'], LIMITS.metadata, 0);
  blocksFaults(faults, view['blocks'], 100, true);
  const hasInput = Array.isArray(view['blocks']) && view['blocks'].some((block: unknown) => isFields(block) && block['type'] === 'input');
  if (hasInput && view['submit'] === undefined) faults.say('/submit', 'is needed where there is an input');
  return faults.found;
};
