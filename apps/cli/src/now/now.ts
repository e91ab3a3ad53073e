import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, seconds, type Instant } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { requireKnownTenant } from '../connection/known-tenant.js';
import { readRoot } from '../connection/root.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { openLedger } from '../ledger/ledger-client.js';
import { Interrupted } from '../terminal/failure.js';
import type { Screen } from '../terminal/screen.js';
import { viewOf } from '../terminal/view.js';
import { LedgerSide } from './ledger-side.js';
import { LogSide } from './log-side.js';
import { nowLines, nowObject } from './now-text.js';
import type { Situation } from './situation.js';

export interface NowOptions {
  readonly tenant?: string;
  readonly once?: boolean;
  readonly watch?: boolean;
}

/** As often as a person sees that a number has changed. */
const TICK = seconds(1);
/** A fetch of a partition that has nothing new is answered within a quarter of a second. */
const KAFKA_PATIENCE = seconds(10);
/** How long one look waits for the ledger to come to where the log ended. */
const ONE_LOOK = seconds(5);
/** Between two questions of one look. */
const AGAIN = 200;

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ENDS = new Set(['q', 'Q', CTRL_D]);

/** Both sides together. */
interface Sides {
  readonly log: LogSide;
  readonly ledger: LedgerSide;
}

const situationOf = ({ log, ledger }: Sides, now: Instant): Situation => ({
  ...ledger.situation(),
  ...log.situation(),
  ...(now - log.heardAt >= KAFKA_PATIENCE && { kafkaSilentSince: log.heardAt }),
});

const isWhole = ({ attention, ledger }: Situation): boolean => attention !== undefined && ledger.is === 'current';

/** One look, at the log as it ended when it began. What cannot be had is said, and is a fault to a script. */
const once = async (context: CommandContext, sides: Sides, tenant: string | undefined): Promise<ExitCode> => {
  const { terminal, clock } = context;
  const begin = clock.now();
  const isOver = (): boolean => sides.ledger.isAt(sides.log.ends) || clock.now() - begin >= ONE_LOOK;
  await sides.ledger.askIfDue(sides.log.news, sides.log.ends);
  while (!isOver()) {
    await sleep(AGAIN);
    await sides.ledger.askIfDue(sides.log.news, sides.log.ends);
  }
  const view = viewOf(context);
  // Nothing was followed meanwhile: what was read is as it was when the look began.
  const situation: Situation = { ...sides.ledger.situation(), ...sides.log.situation() };
  terminal.result(
    () => nowLines(situation, { ...view, tenant }).join('\n'),
    () => nowObject(situation, view.now, view.command),
  );
  return isWhole(situation) ? EXIT.ok : EXIT.error;
};

/** Goes on until `stop` resolves: what has changed is shown within a second. */
const live = async ({ log, ledger }: Sides, show: (situation: Situation) => void, now: () => Instant, stop: Promise<void>): Promise<void> => {
  const tick = (): void => {
    show(situationOf({ log, ledger }, now()));
    void ledger.askIfDue(log.news, log.ends);
  };
  await ledger.askIfDue(log.news, log.ends);
  const timer = setInterval(tick, TICK);
  try {
    tick();
    await stop;
  } finally {
    clearInterval(timer);
  }
};

const watchOn = async (context: CommandContext, sides: Sides, tenant: string | undefined, screen: Screen | undefined): Promise<void> => {
  const { terminal, clock } = context;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const close = await sides.log.follow(reject);
  let last = '';
  let newest: Situation | undefined;
  const draw = (): void => {
    if (newest) screen?.draw(nowLines(newest, { ...viewOf(context), width: screen.columns, height: screen.rows, tenant, live: true }));
  };
  screen?.onKey((key) => {
    if (key === CTRL_C) reject(new Interrupted());
    if (ENDS.has(key)) resolve();
  });
  screen?.onResize(draw);
  const show = (situation: Situation): void => {
    newest = situation;
    if (screen) return draw();
    // What has changed but for the time of day is a line of its own.
    const { at: _at, updatedAt: _updatedAt, ...what } = nowObject(situation, clock.now(), viewOf(context).command) as Readonly<Record<string, unknown>>;
    const text = JSON.stringify(what);
    if (text === last) return;
    last = text;
    terminal.line(
      () => nowLines(situation, { ...viewOf(context), tenant }).join('\n'),
      () => nowObject(situation, clock.now(), viewOf(context).command),
    );
  };
  try {
    await live(sides, show, () => clock.now(), promise);
  } finally {
    await close();
  }
};

const open = async (context: CommandContext, kafka: Kafka, tenant: string | undefined): Promise<Sides> => {
  const now = (): Instant => context.clock.now();
  const ledger = new LedgerSide(openLedger(context), tenant, now);
  return { log: await LogSide.read(kafka, readRoot(context), tenant, now), ledger };
};

export const now: Action<NowOptions> = async (context, { options }) => {
  const { tenant } = options;
  const { terminal } = context;
  if (options.once && options.watch) throw new CountersignError('USAGE', '`--once` and `--watch` say the opposite of each other');
  requireKnownTenant(context, tenant);
  let screen: Screen | undefined;
  try {
    return await withKafka(context, async (kafka) => {
      const sides = await open(context, kafka, tenant);
      terminal.progress('');
      screen = options.once || terminal.json ? undefined : context.openScreen();
      if (!screen && !options.watch) return once(context, sides, tenant);
      return watchOn(context, sides, tenant, screen).then(() => EXIT.ok);
    });
  } finally {
    screen?.close();
  }
};
