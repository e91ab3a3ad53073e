import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, LogLevel, SocketModeReceiver, type BlockAction, type Logger as BoltLogger, type Receiver, type ViewSubmitAction } from '@slack/bolt';
import type { SlackUser } from '@countersign/contracts';
import { CountersignError, messageOf, millis, type Instant } from '@countersign/kernel';
import type { Logger } from '@countersign/telemetry';
import { ACTIONS } from '../card/card-blocks.js';
import { INPUT_ACTIONS, MOST_FIELDS } from '../card/input-card.js';
import { FIELD_ACTION, fieldBlock, LONGEST_REASON, MODALS, REASON, type ModalData } from '../card/modals.js';
import { NOT_RECORDED, type Arrived, type PressOutcome, type Presses } from '../press/presses.js';
import { callbackReceiver } from './callbacks.js';
import { slackFaultOf } from './slack-fault.js';
import type { SlackMessages } from './slack-messages.js';

export interface BoltParts {
  readonly botToken: string;
  readonly appToken?: string | undefined;
  readonly signingSecret?: string | undefined;
  readonly port: number;
  readonly apiUrl: string;
  readonly presses: Presses;
  readonly messages: Pick<SlackMessages, 'whisper'>;
  readonly log: Logger;
}

const LOOPBACK = '127.0.0.1';
/** A modal has to be opened within the three seconds of its trigger: what is tried again is tried soon. */
const INTERACTIVE_CLIENT = { retryConfig: { retries: 2, minTimeout: 100, maxTimeout: 500 }, timeout: 2_500 } as const;
/** Slack answers pings within this; a socket that does not is opened anew. */
const PING_TIMEOUT_MS = 5_000;

const START_ATTEMPTS = 20;
const START_WAIT = millis(500);

/** `DDDDDDDDDDDDDDDDDDDDDD.b94d27b9934d` */
const VALUE = /^([A-Za-z0-9_-]{1,64})\.([0-9a-f]{12})$/;

/** Libraries log what they were sent: only that something went wrong is kept, and no token, ticket or payload. */
const boltLogger = (log: Logger): BoltLogger => {
  const said = (parts: readonly unknown[]): string => parts.map((part) => (part instanceof Error ? messageOf(part) : typeof part === 'string' ? part : '')).join(' ').replace(/x(?:ox[a-z]|app)-[\w-]+|wss?:\S+/g, '…').slice(0, 300);
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts) => log.warn('Slack’s library warns', { message: said(parts) }),
    error: (...parts) => log.error('Slack’s library has a fault', { message: said(parts) }),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
};

/** What of a request is not in its body. */
interface Sent {
  /** When Slack sent it: it says so over HTTP only. */
  readonly sentAt?: Instant;
}

/** No number where it does not say. */
const sentAtOf = ({ headers }: Pick<IncomingMessage, 'headers'>): Instant => (Number(headers['x-slack-request-timestamp']) * 1_000) as Instant;

const receiverOf = ({ appToken, signingSecret, port, apiUrl }: BoltParts, logger: BoltLogger): Receiver => {
  if (appToken !== undefined) return new SocketModeReceiver({ appToken, logger, logLevel: LogLevel.WARN, clientPingTimeout: PING_TIMEOUT_MS, installerOptions: { clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 10, minTimeout: 500, factor: 2 } } } });
  if (signingSecret === undefined) throw new CountersignError('CONFIG_INVALID', 'neither a token for sockets nor a secret for callbacks is given');
  return callbackReceiver({ signingSecret, port, logger, customPropertiesExtractor: (request): { readonly [Name in keyof Sent]: Sent[Name] } => ({ sentAt: sentAtOf(request) }) });
};

const instants = (text: string | undefined): readonly Instant[] => (text === undefined ? [] : [(Number(text) * 1_000) as Instant]);

const sentOf = (context: object): readonly Instant[] => ('sentAt' in context && typeof context.sentAt === 'number' ? [context.sentAt as Instant] : []);

/** A member of another workspace is of theirs, whatever channel they share with us. */
const userOf = (body: { readonly user: { readonly id: string; readonly team_id?: string }; readonly team: { readonly id: string } | null }): SlackUser => ({ user: body.user.id, team: body.user.team_id ?? body.team?.id ?? '' });

const carried = (value: string | undefined): { readonly approval: string; readonly hash: string } => {
  const [, approval = '', hash = ''] = VALUE.exec(value ?? '') ?? [];
  return { approval, hash };
};

const pressOf = (body: BlockAction, context: object): Arrived => {
  const [action] = body.actions;
  const value = action && 'value' in action ? action.value : undefined;
  return {
    slack: userOf(body),
    team: body.team?.id ?? '',
    ...carried(value),
    channel: body.channel?.id ?? '',
    ts: body.message?.ts,
    times: [...instants(action?.action_ts), ...sentOf(context)],
    id: body.trigger_id,
  };
};

const modalOf = (text: string): ModalData => {
  try {
    const { value = '', channel = '', choice = '' } = JSON.parse(text) as Partial<ModalData>;
    return { value, channel, choice };
  } catch {
    return { value: '', channel: '' };
  }
};

/** A modal may stand open for as long as its question does: when it was sent is what counts, which sockets do not say. */
const answerOf = (body: ViewSubmitAction, context: object): Arrived => {
  const { value, channel } = modalOf(body.view.private_metadata);
  return { slack: userOf(body), team: body.team?.id ?? '', ...carried(value), channel, times: sentOf(context), id: body.view.id };
};

const typedIn = (body: ViewSubmitAction, block: string, action: string): string => (body.view.state.values[block]?.[action]?.value ?? '').trim();

type AckModal = (response?: { readonly response_action: 'errors'; readonly errors: Record<string, string> }) => Promise<void>;

/** Buttons that no card has. */
const KNOWN_ACTIONS = [...Object.values(ACTIONS), ...Object.values(INPUT_ACTIONS)];
const OTHER_ACTIONS = new RegExp(`^(?!(?:${KNOWN_ACTIONS.map((action) => action.replaceAll('.', String.raw`\.`)).join('|')})$)`);

const hasPlace = ({ approval, channel }: Arrived): boolean => approval !== '' && channel !== '';

/** The Slack app: Bolt listens, and what is pressed is judged and recorded by others. */
export class BoltApp {
  private readonly app: App;
  private home = '';

  constructor(private readonly parts: BoltParts) {
    const logger = boltLogger(parts.log);
    this.app = new App({
      token: parts.botToken,
      receiver: receiverOf(parts, logger),
      logger,
      logLevel: LogLevel.WARN,
      convoStore: false,
      ignoreSelf: false,
      tokenVerificationEnabled: false,
      clientOptions: { slackApiUrl: parts.apiUrl, ...INTERACTIVE_CLIENT },
    });
    this.listen();
  }

  /** The workspace; known once it has started. */
  get team(): string {
    return this.home;
  }

  /** Throws `CONFIG_INVALID` where Slack does not take the token. */
  async start(): Promise<void> {
    try {
      this.home = await this.whoAreWe();
      const server = await this.app.start({ port: this.parts.port, host: LOOPBACK });
      if (this.parts.appToken === undefined) this.watch(server);
    } catch (fault) {
      throw new CountersignError('CONFIG_INVALID', `Slack does not let us in: ${slackFaultOf(fault).code}`, { hint: 'check the tokens, their scopes, and SLACK_API_URL where it is set' });
    }
  }

  /** What Slack has not signed is answered with 401; that it came has to be in the log all the same. */
  private watch(server: Pick<Server, 'on'>): void {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      response.once('finish', () => {
        if (response.statusCode === 401) this.parts.presses.unproven(sentAtOf(request));
      });
    });
  }

  /** Slack may be started together with us, or be away for a moment. */
  private async whoAreWe(): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { team_id: team = '' } = await this.app.client.auth.test();
        return team;
      } catch (fault) {
        if (slackFaultOf(fault).code !== 'slack.unanswered' || attempt >= START_ATTEMPTS) throw fault;
        await sleep(START_WAIT);
      }
    }
  }

  async stop(): Promise<void> {
    await this.app.stop();
  }

  private listen(): void {
    const { presses } = this.parts;
    const act = (judge: (arrived: Arrived) => Promise<PressOutcome>) => async ({ body, context, ack }: { readonly body: BlockAction; readonly context: object; readonly ack: () => Promise<void> }): Promise<void> => {
      const arrived = pressOf(body, context);
      await this.answered(arrived, await judge(arrived), ack, body.trigger_id);
    };
    this.app.action<BlockAction>({ type: 'block_actions', action_id: ACTIONS.approve }, act((arrived) => presses.approve(arrived)));
    this.app.action<BlockAction>({ type: 'block_actions', action_id: ACTIONS.view }, act((arrived) => presses.view(arrived)));
    this.app.action<BlockAction>({ type: 'block_actions', action_id: ACTIONS.deny }, act((arrived) => presses.deny(arrived)));
    const { claim, ...said } = INPUT_ACTIONS;
    this.app.action<BlockAction>({ type: 'block_actions', action_id: claim }, act((arrived) => presses.claim(arrived)));
    for (const [choice, action] of Object.entries(said)) this.app.action<BlockAction>({ type: 'block_actions', action_id: action }, act((arrived) => presses.ask(arrived, choice)));
    // Whatever else a button may be called: nobody waits for an answer that never comes.
    this.app.action<BlockAction>({ type: 'block_actions', action_id: OTHER_ACTIONS }, act((arrived) => presses.unknown(arrived)));
    this.app.view<ViewSubmitAction>({ type: 'view_submission', callback_id: MODALS.approve }, async ({ body, context, ack }) => {
      const arrived = answerOf(body, context);
      await this.submitted(arrived, await presses.answer(arrived, 'approve', ''), ack);
    });
    this.app.view<ViewSubmitAction>({ type: 'view_submission', callback_id: MODALS.deny }, async ({ body, context, ack }) => {
      const arrived = answerOf(body, context);
      await this.withReason(arrived, body, ack, (reason) => presses.answer(arrived, 'deny', reason));
    });
    this.app.view<ViewSubmitAction>({ type: 'view_submission', callback_id: MODALS.say }, async ({ body, context, ack }) => {
      const arrived = answerOf(body, context);
      const { choice = '' } = modalOf(body.view.private_metadata);
      const typed = Array.from({ length: MOST_FIELDS }, (_, index) => typedIn(body, fieldBlock(index), FIELD_ACTION));
      await this.withReason(arrived, body, ack, (reason) => presses.submit(arrived, { choice, reason, typed }));
    });
    this.app.error(async ({ message }) => this.parts.log.error('an interaction of Slack could not be handled', { message: message.slice(0, 300) }));
  }

  /** What was typed stays in the modal where no reason is given, and where nothing was recorded. */
  private async withReason(arrived: Arrived, body: ViewSubmitAction, ack: AckModal, act: (reason: string) => Promise<PressOutcome>): Promise<void> {
    const reason = typedIn(body, REASON.block, REASON.action);
    if (reason === '' || reason.length > LONGEST_REASON) return ack({ response_action: 'errors', errors: { [REASON.block]: `say why, in ${LONGEST_REASON} letters at most` } });
    const outcome = await act(reason);
    if (outcome.kind === 'not-recorded') return ack({ response_action: 'errors', errors: { [REASON.block]: NOT_RECORDED } });
    await this.submitted(arrived, outcome, () => ack());
  }

  /** Slack is answered once the vote is in the log, and not at all where it is not: then Slack says itself that something went wrong. */
  private async answered(arrived: Arrived, outcome: PressOutcome, ack: () => Promise<void>, trigger: string): Promise<void> {
    if (outcome.kind !== 'not-recorded') await ack();
    if (outcome.kind === 'modal') {
      await this.app.client.views.open({ trigger_id: trigger, view: outcome.modal }).catch((fault: unknown) => {
        const { code } = slackFaultOf(fault);
        // The answer to an earlier try was lost: the modal stands open.
        return code === 'slack.exchanged-trigger-id' ? undefined : this.whisper(arrived, `The modal could not be opened, try again (${code}).`);
      });
    } else if (outcome.kind !== 'repeated') await this.whisper(arrived, outcome.text);
  }

  private async submitted(arrived: Arrived, outcome: PressOutcome, ack: () => Promise<void>): Promise<void> {
    if (outcome.kind === 'modal') return ack();
    if (outcome.kind !== 'not-recorded') await ack();
    if (outcome.kind !== 'repeated') await this.whisper(arrived, outcome.text);
  }

  /** What only they see; that it could not be told changes nothing. */
  private async whisper(arrived: Arrived, text: string): Promise<void> {
    if (!hasPlace(arrived)) return;
    await this.parts.messages.whisper(arrived.channel, arrived.slack.user, text).catch((fault: unknown) => this.parts.log.warn('somebody could not be told', { code: slackFaultOf(fault).code }));
  }
}
