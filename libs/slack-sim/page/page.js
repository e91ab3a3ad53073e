/** The page of the workspace: it shows the blocks that the app has posted, and hands over what is pressed. Texts are set as texts, never as HTML. */

const at = (id) => document.getElementById(id);
let state;
let me = localStorage.getItem('slack-sim-user') ?? '';
let openView = '';
/** What the app has said to nobody: that it did not answer. */
let trouble = '';

const make = (tag, options = {}, ...children) => {
  const node = document.createElement(tag);
  const { className, text, ...attributes } = options;
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

const dateIn = (text) => text.replace(/<!date\^(\d+)\^[^|>]*\|([^>]*)>/g, (_whole, seconds) => new Date(Number(seconds) * 1_000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }));
const unescape = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
/** Of Slack's own markup only dates are shown as what they are: a mention or a link would be seen as the letters that it is made of. */
const textOf = ({ type, text }) => (type === 'mrkdwn' ? unescape(dateIn(text)) : text);

const richElement = ({ type, elements }) => {
  const parts = elements.map(({ text, style }) => (style?.bold ? make('strong', { text }) : document.createTextNode(text)));
  if (type === 'rich_text_preformatted') return make('pre', {}, ...parts);
  return make(type === 'rich_text_quote' ? 'blockquote' : 'p', {}, ...parts);
};

const blockNode = (block, press, errors = {}) => {
  switch (block.type) {
    case 'header':
      return make('h3', { text: block.text.text });
    case 'divider':
      return make('hr');
    case 'section':
      return block.fields ? make('div', { className: 'fields' }, ...block.fields.map((field) => make('p', { text: textOf(field) }))) : make('p', { text: textOf(block.text) });
    case 'context':
      return make('p', { className: 'context', text: block.elements.map(textOf).join('  ') });
    case 'rich_text':
      return make('div', {}, ...block.elements.map(richElement));
    case 'actions':
      return make('div', { className: 'actions' }, ...block.elements.map((button) => {
        const node = make('button', { type: 'button', className: button.style ?? '', text: button.text.text });
        node.addEventListener('click', () => press(button, node));
        return node;
      }));
    case 'input': {
      const field = make(block.element.multiline ? 'textarea' : 'input', { name: `${block.block_id}/${block.element.action_id}`, maxlength: block.element.max_length, required: '' });
      return make('label', { className: 'input', text: block.label.text }, field, ...(errors[block.block_id] ? [make('span', { className: 'error', text: errors[block.block_id] })] : []));
    }
    default:
      return make('p', { text: `[${block.type}]` });
  }
};

const send = async (path, order) => {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-slack-sim': 'page' }, body: JSON.stringify({ user: me, ...order }) });
  return response.json();
};

const press = (message) => async (button, node) => {
  node.disabled = true;
  trouble = '';
  const { kind } = await send('/sim/press', { channel: message.channel, ts: message.ts, action: button.action_id });
  if (kind !== 'answered') trouble = 'The app did not answer in time: Slack would show a warning here.';
  node.disabled = false;
  show();
};

const timeOf = (milliseconds) => new Date(milliseconds).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });

const messageNode = (message) =>
  make('article', {}, make('div', { className: 'face', text: 'C', 'aria-hidden': 'true' }), make('div', {}, make('div', { className: 'name', text: 'countersign' }, make('small', { text: `${timeOf(Number(message.ts) * 1_000)}${message.edits > 0 ? `, edited ${message.edits === 1 ? 'once' : `${message.edits} times`}` : ''}` })), ...message.blocks.map((block) => blockNode(block, press(message)))));

const whisperNode = ({ text, at: time }) =>
  make('article', { className: 'whisper' }, make('div', { className: 'face', text: 'C', 'aria-hidden': 'true' }), make('div', {}, make('div', { className: 'name', text: 'countersign' }, make('small', { text: `${timeOf(time)}, only you see this` })), make('p', { text })));

const showModal = () => {
  const dialog = at('modal');
  const open = state.views.find(({ user }) => user === me);
  if (!open) {
    openView = '';
    if (dialog.open) dialog.close();
    return;
  }
  const shown = `${open.id} ${JSON.stringify(open.errors)}`;
  if (openView === shown && dialog.open) return;
  const typed = Object.fromEntries([...dialog.querySelectorAll('textarea, input')].map((field) => [field.name, field.value]));
  openView = shown;
  const close = make('button', { type: 'button', text: open.view.close?.text ?? 'Close' });
  close.addEventListener('click', () => send('/sim/close', { view: open.id }));
  const form = make('form', {}, make('h2', { id: 'modal-title', text: open.view.title.text }), make('div', { className: 'content' }, ...open.view.blocks.map((block) => blockNode(block, () => undefined, open.errors))), make('footer', {}, close, ...(open.view.submit ? [make('button', { type: 'submit', className: 'primary', text: open.view.submit.text })] : [])));
  for (const field of form.querySelectorAll('textarea, input')) field.value = typed[field.name] ?? '';
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const values = {};
    for (const field of form.querySelectorAll('textarea, input')) {
      const [block, name] = field.name.split('/');
      values[block] = { ...values[block], [name]: field.value };
    }
    const { kind } = await send('/sim/submit', { view: open.id, values });
    if (kind !== 'answered') {
      trouble = 'The app did not answer in time: the modal stays open.';
      show();
    }
  });
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
};

const show = () => {
  const [channel] = state.channels;
  if (!state.users.some(({ id }) => id === me)) me = state.users[0]?.id ?? '';
  at('channels').replaceChildren(...state.channels.map(({ name }) => make('li', { text: `# ${name}` })));
  at('users').replaceChildren(...state.users.map(({ id, name, note }) => {
    const input = make('input', { type: 'radio', name: 'user', value: id, ...(id === me && { checked: '' }) });
    input.addEventListener('change', () => {
      me = id;
      trouble = '';
      localStorage.setItem('slack-sim-user', me);
      show();
    });
    return make('label', { className: 'user' }, input, make('span', {}, name, make('small', { text: note })));
  }));
  at('link').className = state.isConnected ? 'open' : '';
  at('link').textContent = state.isConnected ? 'the app is connected' : 'the app is not connected';
  at('channel').textContent = `# ${channel?.name ?? ''}`;
  const own = state.whispers.filter(({ user }) => user === me);
  const all = [...state.messages.map((message) => ({ time: Number(message.ts) * 1_000, node: messageNode(message) })), ...own.map((whisper) => ({ time: whisper.at, node: whisperNode(whisper) }))].toSorted((a, b) => a.time - b.time);
  const nothing = make('p', { className: 'empty', text: 'Nothing has been asked yet. Submit a task that needs approval, and its card appears here.' });
  at('messages').replaceChildren(...(all.length === 0 ? [nothing] : all.map(({ node }) => node)), ...(trouble === '' ? [] : [make('p', { className: 'empty error', text: trouble })]));
  showModal();
};

at('modal').addEventListener('cancel', (event) => {
  event.preventDefault();
  const open = state.views.find(({ user }) => user === me);
  if (open) void send('/sim/close', { view: open.id });
});

new EventSource('/sim/events').addEventListener('message', ({ data }) => {
  const fresh = JSON.parse(data);
  if (JSON.stringify(fresh) === JSON.stringify(state)) return;
  state = fresh;
  show();
});
