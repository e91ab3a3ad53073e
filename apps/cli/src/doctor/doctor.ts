import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingOnMachine } from '@countersign/stack';
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

const machineChecks = async (): Promise<readonly Check[]> => {
  const missing = await missingOnMachine();
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

const stackChecks = (context: CommandContext): Promise<readonly Check[]> =>
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

export const doctor: Action = async (context) => {
  const { terminal, dataDir, env } = context;
  const view = viewOf(context);
  const isKnown = existsSync(join(dataDir, CLIENT_FILE)) || Boolean(env['KAFKA_BROKERS']);
  const checks: readonly Check[] = [
    ...(await machineChecks()),
    ...(isKnown ? await stackChecks(context) : [{ name: 'stack', ok: true, message: `none runs here; \`${view.command('dev up')}\` starts one` }]),
  ];
  terminal.result(
    () => checksText(checks, view),
    () => ({ ok: checks.every(({ ok }) => ok), checks }),
  );
  return checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.error;
};
