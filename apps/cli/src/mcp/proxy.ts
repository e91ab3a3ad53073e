import { Console } from 'node:console';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, CountersignError, seconds } from '@countersign/kernel';
import { stackStatus } from '@countersign/stack';
import type { Action, CommandContext } from '../command-context.js';
import type { Kafka } from '../connection/kafka.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { versionOf } from '../program.js';
import { durationOption } from '../terminal/option-values.js';
import { viewOf } from '../terminal/view.js';
import type { CallAnswer } from './answer.js';
import { Calls } from './calls.js';
import { givenServer, tenantOfServer, type ServerOptions } from './given-server.js';
import { Link } from './link.js';
import { OpenCalls } from './open-calls.js';
import { LONGEST_WAIT, serve, type Proxied } from './serve.js';
import { driftLines, offerOf, setUp, type Offer, type ProxiedServer } from './set-up.js';
import { leaveStack, useStack } from './stack-use.js';
import { inTurn } from './turn.js';

interface ProxyOptions extends ServerOptions {
  readonly wait: string;
  readonly keep?: boolean;
}

/** Clients give up a call after a minute. A first start takes longer. */
const CALL_WAIT = seconds(40);
/** A list is waited for only where nothing has to be started first, and not for long: whoever asks is told when there is more. */
const LIST_WAIT = seconds(10);
/** Whoever started us ends us soon after. */
const LEAVING = seconds(2);

/** Standard output belongs to MCP: everything that commands say goes to standard error. */
const onStderr = (context: CommandContext): CommandContext => {
  const { terminal } = context;
  const say = (text: () => string): void => terminal.message(text());
  return { ...context, interactive: false, terminal: { ...terminal, json: false, result: say, line: say, raw: (text) => terminal.message(text), progress: () => undefined } };
};

interface Session {
  readonly kafka: Kafka;
  readonly server: ProxiedServer;
  readonly calls: Calls;
}

/** What one call got wrong says nothing of the connection. */
const isOfCall = (fault: unknown): boolean => ['NOT_FOUND', 'REQUEST_INVALID', 'USAGE', 'RECORD_TOO_LARGE', 'CONFIG_UNAVAILABLE', 'CONFIG_INVALID'].includes(codeOf(fault));

class Proxy implements Proxied {
  readonly name: string;
  readonly known: Promise<Offer>;
  /** Resolves once it is known that a stack or the server has to be started, which takes longer than anybody waits for a list. */
  private readonly slow = Promise.withResolvers<undefined>();
  private readonly link: Link<Session>;
  private readonly open: OpenCalls;
  private offer: Offer | undefined;
  private isSetUp = false;
  private isPinnedNow = false;
  private isStarting = true;

  constructor(
    private readonly context: CommandContext,
    private readonly given: Omit<ProxiedServer, 'tenant'>,
    private readonly options: ProxyOptions,
    private readonly wait = durationOption('--wait', options.wait),
  ) {
    this.name = given.name;
    this.open = new OpenCalls(join(context.dataDir, 'mcp-calls', given.name), context.clock);
    this.link = new Link(
      context,
      async (kafka) => {
        const server = { ...given, tenant: tenantOfServer(options, kafka.tenants) };
        if (!this.isSetUp) {
          const { offer, isPinnedNow } = await setUp(context, kafka, server, { isLocal: await isLocal(context), onAsking: () => this.slow.resolve(undefined) });
          this.offer = offer;
          this.isPinnedNow = isPinnedNow;
          this.isSetUp = true;
        }
        return { kafka, server, calls: await Calls.over(context, kafka, { name: given.name, tenant: server.tenant, open: this.open }) };
      },
      async ({ calls }) => calls.close(),
    );
    this.known = this.start();
    this.known.catch(() => undefined);
  }

  async tools(fresh: boolean): Promise<readonly Offer['tools'][number]['document'][]> {
    const late = new AbortController();
    const tooLong = sleep(fresh ? LIST_WAIT : CALL_WAIT, undefined, { signal: late.signal });
    const offer = await Promise.race([this.known, tooLong, ...(fresh ? [this.slow.promise] : [])]).finally(() => late.abort());
    if (!offer) throw new CountersignError('TIMED_OUT', `\`${this.name}\` is not ready yet: it is being set up`, { retry: 'later', hint: 'ask again in a minute' });
    if (fresh) this.offer = await this.work(async ({ kafka, server }) => offerOf(await readControlLog(kafka.broker, kafka.namespace, readRoot(this.context)), server));
    return (this.offer?.tools ?? []).map(({ document }) => document);
  }

  call(...[call]: Parameters<Proxied['call']>): Promise<CallAnswer> {
    return this.work(({ calls }) => calls.call(call, this.wait));
  }

  status(...[id, wait]: Parameters<Proxied['status']>): Promise<CallAnswer> {
    return this.work(({ calls }) => calls.status(id, wait));
  }

  told(answer: CallAnswer): void {
    this.work(async ({ calls }) => calls.told(answer)).catch(() => undefined);
  }

  async close(): Promise<void> {
    const leave = (): Promise<void> => Promise.resolve(leaveStack(this.context, this.options.keep === true));
    // While it is being set up, the turn is this process's own.
    if (this.isStarting) return leave();
    // First: on a slow machine we may not get to the end. Out of turn where another one has it for long: that one uses the stack, and it stays.
    await inTurn(this.context.dataDir, AbortSignal.timeout(LEAVING), leave).catch(leave);
    await this.link.close();
  }

  private work<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.link.with(work, (fault) => !isOfCall(fault));
  }

  private async start(): Promise<Offer> {
    const { context } = this;
    // Another proxy may have the turn, and start it.
    if ((await isLocal(context)) && (await stackStatus(context.dataDir)).phase !== 'ready') this.slow.resolve(undefined);
    const offer = await inTurn(context.dataDir, context.signal, async () => {
      if (await isLocal(context)) await useStack(context);
      return this.work(() => Promise.resolve(this.offer));
    }).finally(() => (this.isStarting = false));
    if (!offer) throw new CountersignError('INTERNAL', 'a server that was set up offers something');
    const { read, write } = offer.contract.document.tools;
    context.terminal.message(`\`${this.name}\` is ready: ${read.length} tools that read, ${write.length} that write; \`${viewOf(context).command('approvals list')}\` shows what waits for a person`);
    return offer;
  }

  /** Says what the server says otherwise now; the executor finds out by itself, and calls none of it. */
  async tellDrift(): Promise<void> {
    const offer = await this.known;
    if (this.isPinnedNow) return;
    const { terminal } = this.context;
    try {
      const lines = await driftLines(this.context, { ...this.given, tenant: tenantOfServer(this.options, offer.contract.document.tenants) }, offer);
      for (const line of lines) terminal.message(line);
      if (lines.length > 0) terminal.message(`read it and pin it: \`${viewOf(this.context).command(`mcp pin --name ${this.name} -- ${[this.given.command.command, ...this.given.command.args].join(' ')}`)}\``);
    } catch (fault) {
      terminal.message(fault instanceof Error ? fault.message : String(fault));
    }
  }
}

/** Where no stack was ever started in the data folder and a Kafka is named, it is one of others. */
const isLocal = async ({ dataDir, env }: Pick<CommandContext, 'dataDir' | 'env'>): Promise<boolean> => !env['KAFKA_BROKERS'] || (await stackStatus(dataDir)).phase !== 'none';

/** Stands in for an MCP server until its client is gone. */
export const proxyServer: Action<ProxyOptions> = async (given, { args, options }) => {
  const context = onStderr(given);
  if (durationOption('--wait', options.wait) > LONGEST_WAIT) throw new CountersignError('USAGE', '`--wait` takes 20s at most: clients give up soon after');
  // What a library writes to the console would break MCP.
  globalThis.console = new Console(process.stderr);
  const proxy = new Proxy(context, givenServer(context, args, options), options);
  const drift = proxy.known.then(() => proxy.tellDrift());
  drift.catch(() => undefined);
  try {
    const failed = proxy.known.then(() => new Promise<never>(() => undefined));
    await Promise.race([serve(proxy, versionOf(), context.signal, process), failed]);
  } finally {
    await proxy.close();
  }
};
