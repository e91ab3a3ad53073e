import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { webApi } from '@slack/bolt';
import type { Broker } from '@countersign/bus';
import { encodeEvent, newEvent, type Event, type EventData, type EventType } from '@countersign/contracts';
import { CARD_INPUTS, contractFor, toolNamed, type ControlState } from '@countersign/domain';
import { agentPrincipal, upstreamPrincipal } from '@countersign/identity';
import { actionHashOf, type Action } from '@countersign/contracts';
import { deterministicId, hours, idempotencyKeyOf, runIdOf, sha256, systemClock, timestamp, type Instant, type StepId } from '@countersign/kernel';
import type { Logger } from '@countersign/telemetry';
import { SlackSim, type SimMessage } from '@countersign/slack-sim';
import { ApprovalsHandler } from '../../../apps/approvals/src/approvals.handler.js';
import { BallotBox } from '../../../apps/slack/src/adapters/ballot-box.js';
import { BoltApp } from '../../../apps/slack/src/adapters/bolt-app.js';
import { KnownCards } from '../../../apps/slack/src/adapters/known-cards.js';
import { CARD_CLIENT, SlackMessages } from '../../../apps/slack/src/adapters/slack-messages.js';
import { Presses } from '../../../apps/slack/src/press/presses.js';
import { SlackHandler } from '../../../apps/slack/src/slack.handler.js';
import { eventually } from '../../support/eventually.ts';
import { KEYS } from '../../trust/forgery/desk.ts';
import { controlsOf, grantNumber, HOME, keyOf, TENANT, withData, WORKFLOW } from '../../trust/forgery/grants.ts';
import { bytesOf, NAMESPACE, PARTITIONS, World } from '../../trust/forgery/world.ts';
import { Writer } from '../../trust/forgery/writer.ts';

const CHANNEL = 'C0SIMULATED';
const SECRET = 'a-signing-secret-of-the-tests';
/** What opens Slack to us, and proves Slack to us. */
export const CREDENTIALS = ['xoxb-test', 'xapp-test', SECRET];
export const PEOPLE = [
  { id: 'U0ADA', name: 'ada', note: '' },
  { id: 'U0GRACE', name: 'grace', note: '' },
  { id: 'U0CEM', name: 'cem', note: '' },
  { id: 'U0STRANGER', name: 'stranger', note: '' },
  { id: 'U0ADAELSEWHERE', name: 'ada', note: 'of another workspace', team: 'T0OTHER' },
];

export interface Question {
  readonly number: number;
  readonly tier?: number;
  readonly quorum?: number;
  readonly args?: Action['args'];
  readonly withPreview?: boolean;
  readonly within?: number;
  /** When people are reminded, and when others are asked besides, in milliseconds from now. */
  readonly remindIn?: number;
  readonly escalateIn?: number;
}

export interface Asked {
  readonly approval: string;
  readonly action: Action;
  readonly actionHash: ReturnType<typeof actionHashOf>;
  readonly step: StepId;
}

/** What a run asks, as much of it as cards are looked for and written for. */
export interface RunAsks extends Pick<Asked, 'approval' | 'action' | 'step'> {
  readonly question: EventData<'countersign.run.input-requested'>;
}

/** The real approvals service and the real Slack service, Bolt within it, on a broker in memory, and a workspace that stands in for Slack. Policy, planner and executor are written for. */
export class SlackWorld {
  readonly log = new World();
  private bolt: BoltApp | undefined;
  private readonly policy = new Writer(this.log, 'policy', 'decisions');
  private readonly executor = new Writer(this.log, 'executor', 'executions');
  private readonly planner = new Writer(this.log, 'planner', 'proposals');
  private readonly controls: ControlState;

  private constructor(
    readonly sim: SlackSim,
    private readonly mode: 'socket' | 'http',
    private readonly httpPort: number,
  ) {
    this.controls = controlsOf(this.log);
  }

  static async start(mode: 'socket' | 'http' = 'socket', httpPort = 0): Promise<SlackWorld> {
    const sim = await SlackSim.start({
      team: 'T0SIMULATED', users: PEOPLE, channels: [{ id: CHANNEL, name: 'approvals' }], botToken: 'xoxb-test', appToken: 'xapp-test',
      ...(mode === 'http' && { callbacks: { url: `http://127.0.0.1:${httpPort}/slack/events`, signingSecret: SECRET } }),
    });
    const world = new SlackWorld(sim, mode, httpPort);
    for (const writer of [world.policy, world.executor, world.planner]) writer.claim(HOME);
    await world.log.own('approvals', new ApprovalsHandler(), ['countersign.approval.required', 'countersign.action.previewed', 'countersign.action.allowed', 'countersign.context.closed', 'countersign.ballot.cast']);
    await world.startSlack();
    return world;
  }

  /** The Slack service, or the next one on the same log where there was one. */
  async startSlack(): Promise<void> {
    const process = await this.log.process('slack');
    const known = new KnownCards(PARTITIONS);
    const messages = new SlackMessages(new webApi.WebClient('xoxb-test', { slackApiUrl: this.sim.apiUrl, ...CARD_CLIENT, logger: quiet }));
    const broker = { append: this.lateAppend(process.broker), offsets: process.broker.offsets.bind(process.broker) };
    const box = new BallotBox({ broker, namespace: NAMESPACE, partitions: PARTITIONS, privateKey: KEYS.slack.key, clock: systemClock });
    const presses = new Presses({ known, box: { vote: (...given) => this.record(() => box.vote(...given)), say: (...given) => this.record(() => box.say(...given)), refuse: (...given) => box.refuse(...given), refuseUnproven: (...given) => box.refuseUnproven(...given) }, directory: () => process.controls.state.active?.approvers?.document, home: () => bolt.team, clock: systemClock, log: this.logger });
    const credentials = this.mode === 'socket' ? { appToken: 'xapp-test' } : { signingSecret: SECRET };
    const bolt: BoltApp = new BoltApp({ botToken: 'xoxb-test', ...credentials, port: this.httpPort, apiUrl: this.sim.apiUrl, presses, messages, log: this.logger });
    this.bolt = bolt;
    await this.log.own('slack', new SlackHandler({ messages, known, channel: CHANNEL }), CARD_INPUTS, process);
    await bolt.start();
  }

  /** Kills nothing half-way: what was announced and not done is done by the next one. */
  async stopSlack(): Promise<void> {
    await this.bolt?.stop();
    await this.log.halt('slack');
  }

  async stop(): Promise<void> {
    await this.stopSlack();
    await this.log.stop();
    await this.sim.close();
  }

  /** Where callbacks come in. */
  get callbacks(): string {
    return `http://127.0.0.1:${this.httpPort}/slack/events`;
  }

  /** What the service and its library have logged, before anything is left out of it. */
  readonly said: string[] = [];
  private readonly logger: Logger = recorder(this.said);

  /** All that is written: lines of the log, and records of every topic that people or the service write. */
  written(): readonly string[] {
    const records = ['ballots', 'cards', 'approvals', 'decisions'].flatMap((topic) => [HOME, 0].flatMap((partition) => this.log.records(topic, partition).map((record) => String(bytesOf(record)))));
    return [...this.said, ...records];
  }

  /** While it is set, the log takes no votes. */
  isLogAway = false;

  /** While it is set, the log takes what is put into it, this many milliseconds late. */
  logTakes = 0;
  private lateAppend(broker: Pick<Broker, 'append'>): Broker['append'] {
    return async (...given) => {
      await sleep(this.logTakes);
      return broker.append(...given);
    };
  }

  private record(put: () => Promise<void>): Promise<void> {
    return this.isLogAway ? Promise.reject(new Error('the log is away')) : put();
  }

  private write<Type extends EventType>(writer: Writer, type: Type, data: EventData<Type>, { action, step }: Pick<Asked, 'action' | 'step'>, subject: string): void {
    const event = newEvent<Type>({ service: writer.signer.service, type, data, tenant: TENANT, workflow: WORKFLOW, run: action.run, step, subject, now: systemClock.now(), controlEpoch: this.controls.epoch }) as Event;
    this.log.append(writer.local, HOME, writer.next(HOME, [{ key: keyOf({ tenant: TENANT, workflow: WORKFLOW }), value: encodeEvent(event) }]));
  }

  /** Policy asks, and the approvals service goes on from there. */
  ask({ number, tier = 2, quorum = 1, args, withPreview = false, within = hours(1), remindIn, escalateIn }: Question): Asked {
    const tool = toolNamed(this.controls, 'desk.ask');
    const contract = contractFor(this.controls, TENANT, WORKFLOW);
    if (!tool || !contract) throw new Error('the desk is not in force');
    const run = runIdOf(TENANT, WORKFLOW, '/tests/slack', `task-${number}`);
    const step = 'ask' as StepId;
    const action: Action = { tenant: TENANT, workflow: WORKFLOW, run, step, tool: tool.document.id, toolContractHash: tool.hash, args: args ?? { amount_cents: 12_345, charge_id: `ch_${number}`, reason: 'the customer is <!channel> right, see https://evil.example @here' }, destination: tool.document.connection, idempotencyKey: idempotencyKeyOf(TENANT, run, step), dryRun: false };
    const asked: Asked = { approval: deterministicId('approval', run), action, actionHash: actionHashOf(action), step };
    const now = systemClock.now();
    const deadline = timestamp((now + within) as Instant);
    this.write(this.policy, 'countersign.approval.required', {
      approval: asked.approval, action, actionHash: asked.actionHash, reasons: [{ rule: 'desk_asks', code: 'rule.asks', message: 'every refund of the desk is asked for' }], policySet: sha256('set'), controlEpoch: this.controls.epoch, tier, quorum, roles: ['finance'], deadline,
      ...(withPreview && { preview: { aud: 'executor' as const, iat: Math.floor(now / 1_000), jti: deterministicId('preview', run), exp: Math.floor(now / 1_000) + 30, cnf: KEYS.executor.id } }),
      ...(remindIn !== undefined && { remindAt: timestamp((now + remindIn) as Instant) }),
      ...(escalateIn !== undefined && { escalateAt: timestamp((now + escalateIn) as Instant), escalateTo: ['support'] }),
      day: deadline.slice(0, 10), month: deadline.slice(0, 7), sub: upstreamPrincipal(TENANT), act: agentPrincipal(TENANT, WORKFLOW, contract.document.id), runDeadline: deadline,
    }, asked, asked.approval);
    return asked;
  }

  /** The executor says what has come of it. */
  executes<Type extends EventType>(type: Type, data: Omit<EventData<Type>, 'jti' | 'actionHash' | 'attempt'>, asked: Asked): void {
    this.write(this.executor, type, { jti: deterministicId('jti', asked.approval), actionHash: asked.actionHash, ...(type !== 'countersign.action.previewed' && type !== 'countersign.grant.refused' && { attempt: 1 }), ...data } as unknown as EventData<Type>, asked, `${type} ${asked.approval}`);
  }

  /** Policy lets it be done without asking, and people are told. */
  tells(): Asked {
    const notice = { reasons: [{ rule: 'desk_tells', code: 'rule.asks', message: 'people are told' }], roles: ['finance'], undoUntil: timestamp((systemClock.now() + hours(1)) as Instant) };
    const { data } = withData(grantNumber(this.log, 1), { votes: [], tier: 1, quorum: 0, notice });
    const asked: Asked = { approval: data.jti, action: data.action, actionHash: data.actionHash, step: data.action.step };
    this.decides('countersign.action.allowed', data, asked);
    return asked;
  }

  /** Policy says something more of it. */
  decides<Type extends EventType>(type: Type, data: EventData<Type>, asked: Pick<Asked, 'action' | 'step' | 'approval'>): void {
    this.write(this.policy, type, data, asked, `${type} ${asked.approval}`);
  }

  /** A run asks people. */
  runAsks({ number, choices, fields }: { readonly number: number; readonly choices: EventData<'countersign.run.input-requested'>['choices']; readonly fields?: EventData<'countersign.run.input-requested'>['fields'] }): RunAsks {
    const run = runIdOf(TENANT, WORKFLOW, '/tests/slack', `question-${number}`);
    const step = 'ask' as StepId;
    const deadline = timestamp((systemClock.now() + hours(1)) as Instant);
    const question: RunAsks['question'] = { escalation: deterministicId('escalation', run), reason: fields ? 'data.missing' : 'effect.unknown', step, tool: 'desk.ask', message: 'nobody knows <!channel>', evidence: [{ id: 'event-1', sha256: sha256('event-1') }], choices, ...(fields && { fields }), role: 'finance', otherwise: 'unknown', deadline };
    const asks: RunAsks = { approval: question.escalation, question, action: { run } as Action, step };
    this.write(this.planner, 'countersign.run.input-requested', question, asks, question.escalation);
    return asks;
  }

  plans<Type extends EventType>(type: Type, data: EventData<Type>, asked: Pick<Asked, 'action' | 'step'>): void {
    this.write(this.planner, type, data, asked, type);
  }

  /** The message that shows a question, as soon as it says so. */
  card({ approval }: Pick<Asked, 'approval'>, says: (text: string) => boolean = () => true): Promise<SimMessage> {
    return eventually(`the card of ${approval}`, () => this.sim.workspace.messages.find((message) => JSON.stringify(message.metadata ?? '').includes(approval) && says(JSON.stringify([message.text, message.blocks]))), 20_000);
  }

  /** Every event of a topic that is about the desk; what is about nothing is in partition 0. */
  events(topic: string, partition = HOME): readonly Event[] {
    return this.log.records(topic, partition).flatMap((record) => {
      const event = JSON.parse(String(bytesOf(record))) as Event;
      return event.type.endsWith('claim') ? [] : [event];
    });
  }

  until<Type extends EventType>(topic: string, type: Type, match: (data: EventData<Type>) => boolean = () => true): Promise<EventData<Type>> {
    return eventually(`${type} on ${topic}`, () => this.events(topic).filter((event) => event.type === type).map(({ data }) => data as EventData<Type>).find(match), 20_000);
  }

  /** What was said to one person alone, newest last. */
  whispers(user: string): readonly string[] {
    return this.sim.workspace.whispers.filter((whisper) => whisper.user === user).map(({ text }) => text);
  }

  async connected(): Promise<void> {
    await eventually('a socket', () => (this.sim.sockets.count > 0 ? true : undefined), 20_000);
    await sleep(50);
  }
}

const recorder = (lines: string[]): Logger => {
  const take = (...parts: readonly unknown[]): void => void lines.push(parts.map((part) => inspect(part, { depth: 10 })).join(' '));
  const logger: Logger = { debug: take, info: take, warn: take, error: take, child: () => logger };
  return logger;
};
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, setLevel: () => undefined, getLevel: () => webApi.LogLevel.ERROR, setName: () => undefined };
