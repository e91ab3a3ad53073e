import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingOnMachine, stackStatus } from '@countersign/stack';
import { CountersignError, codeOf, messageOf } from '@countersign/kernel';
import type { Action, CommandContext } from '../command-context.js';
import { withKafka } from '../connection/kafka.js';
import { readPerson } from '../connection/person.js';
import { readRoot } from '../connection/root.js';
import { readControlLog } from '../controls/control-log.js';
import { CLIENT_FILE } from '../data-dir.js';
import { EXIT } from '../exit-codes.js';
import { openLedger } from '../ledger/ledger-client.js';
import { who } from '../terminal/short.js';
import { viewOf } from '../terminal/view.js';
import { checksText, type Check } from './check.js';

const machineChecks = async ({ dataDir }: CommandContext): Promise<readonly Check[]> => {
  const missing = await missingOnMachine(dataDir);
  const node: Check = { name: 'Node', ok: true, message: process.versions.node };
  if (missing.length === 0) return [node, { name: 'machine', ok: true, message: 'everything that the local stack needs is here' }];
  return [node, ...missing.map((message): Check => ({ name: 'machine', ok: false, message }))];
};

/** Turns what a part of the connection says of itself into a check. */
const attempt = async (name: string, work: () => string | Promise<string>): Promise<Check> => {
  try {
    return { name, ok: true, message: await work() };
  } catch (fault) {
    const hint = fault instanceof CountersignError ? fault.hint : undefined;
    return { name, ok: false, code: codeOf(fault), message: messageOf(fault), ...(hint === undefined ? {} : { hint }) };
  }
};

const connectionChecks = (context: CommandContext): Promise<readonly Check[]> =>
  Promise.all([
    attempt('person', () => `signs as ${who(readPerson(context).subject)}`),
    attempt('kafka', () =>
      withKafka(context, async ({ broker, namespace }) => {
        const { manifests } = await readControlLog(broker, namespace, readRoot(context));
        const active = manifests.at(-1);
        return `answers; ${active ? `configuration ${active.version} is in force` : 'no configuration is in force'}`;
      }),
    ),
    attempt('ledger', async () => {
      await openLedger(context).runs({ limit: '1' });
      return 'answers';
    }),
  ]);

/** A stack that does not run is no fault: nothing is asked of it. One that was killed is. */
const stackChecks = async (context: CommandContext): Promise<readonly Check[]> => {
  const { dataDir, env } = context;
  const { command } = viewOf(context);
  if (env['KAFKA_BROKERS']) return connectionChecks(context);
  const { phase, failure } = await stackStatus(dataDir);
  const starts = `\`${command('dev up')}\` starts ${phase === 'none' ? 'one' : 'it'}`;
  switch (phase) {
    case 'none':
      // Another machine's, whose settings were put here.
      return existsSync(join(dataDir, CLIENT_FILE)) ? connectionChecks(context) : [{ name: 'stack', ok: true, message: `none runs here; ${starts}` }];
    case 'stopped':
      return [{ name: 'stack', ok: true, message: `it is stopped; ${starts}` }];
    case 'failed':
      return [{ name: 'stack', ok: false, code: failure?.code ?? 'STACK_START_FAILED', message: failure?.message ?? 'it did not start', hint: failure?.hint ?? `\`${command('dev logs')}\` says more` }];
    case 'killed':
      return [{ name: 'stack', ok: false, code: 'STACK_NOT_RUNNING', message: 'it was killed', hint: `${starts} again, with its data` }];
    case 'starting':
    case 'stopping':
      return [{ name: 'stack', ok: true, message: `it is ${phase}` }];
    case 'ready':
      return connectionChecks(context);
  }
};

export const doctor: Action = async (context) => {
  const { terminal } = context;
  const view = viewOf(context);
  const checks: readonly Check[] = [...(await machineChecks(context)), ...(await stackChecks(context))];
  terminal.result(
    () => checksText(checks, view),
    () => ({ ok: checks.every(({ ok }) => ok), checks }),
  );
  return checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.error;
};
