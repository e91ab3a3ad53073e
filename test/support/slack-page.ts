import { readStackState } from '@countersign/stack';
import type { SimMessage, SimWhisper } from '@countersign/slack-sim';
import { eventually } from './eventually.ts';

interface SimState {
  readonly messages: readonly SimMessage[];
  readonly whispers: readonly SimWhisper[];
  readonly views: readonly { readonly id: string; readonly user: string; readonly view: { readonly blocks: readonly object[] } }[];
}

/** The page of the workspace that a local stack plays, by the calls that the page itself makes. */
export class SlackPage {
  constructor(private readonly url: string) {}

  static of(dataDir: string): SlackPage {
    return new SlackPage(readStackState(dataDir)?.parts['slack-sim']?.http ?? '');
  }

  async state(): Promise<SimState> {
    return (await (await fetch(`${this.url}/sim/state`)).json()) as SimState;
  }

  /** As people do, on a machine that is busy: what was not answered within Slack's three seconds is pressed again. */
  press(user: string, { channel, ts }: SimMessage, action: string): Promise<true> {
    return eventually(`an answer to ${action} of ${user}`, async () => ((await this.order('press', { user, channel, ts, action })).kind === 'answered' ? true : undefined));
  }

  /** The modal that is open before somebody. */
  modal(user: string): Promise<SimState['views'][number]> {
    return eventually(`a modal before ${user}`, async () => (await this.state()).views.find((open) => open.user === user));
  }

  async submit(user: string, values: object): Promise<true> {
    const { id: view } = await this.modal(user);
    return eventually('an answer to the modal', async () => ((await this.order('submit', { user, view, values })).kind === 'answered' ? true : undefined));
  }

  /** The card of an approval or a question, as soon as it begins with `title`, and says what it should. */
  card(id: string, title: string, says = ''): Promise<SimMessage> {
    return eventually(`the card of ${id} says \`${title}\` ${says}`, async () =>
      (await this.state()).messages.find((message) => JSON.stringify(message.metadata).includes(id) && message.text.startsWith(title) && JSON.stringify(message.blocks).includes(says)),
    );
  }

  /** What one person alone is told, as soon as it says so. */
  whisper(user: string, says: string): Promise<SimWhisper> {
    return eventually(`${user} is told \`${says}\``, async () => (await this.state()).whispers.find((whisper) => whisper.user === user && whisper.text.includes(says)));
  }

  private async order(path: string, body: object): Promise<{ readonly kind?: string }> {
    return (await fetch(`${this.url}/sim/${path}`, { method: 'POST', headers: { 'x-slack-sim': 'page' }, body: JSON.stringify(body) })).json() as Promise<{ readonly kind?: string }>;
  }
}
