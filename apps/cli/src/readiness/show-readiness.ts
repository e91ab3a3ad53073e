import { CountersignError } from '@countersign/kernel';
import type { EngineName } from '@countersign/policy-engines';
import type { Action } from '../command-context.js';
import type { TapeOptions } from '../replay/read-tape.js';
import { DEFAULT_CONFIG_DIR } from '../config/load-files.js';
import { withKafka } from '../connection/kafka.js';
import { controlsInForce } from '../controls/in-force.js';
import { EXIT } from '../exit-codes.js';
import { openLedger } from '../ledger/ledger-client.js';
import { viewOf } from '../terminal/view.js';
import { gather } from './gather.js';
import { readinessText } from './readiness-text.js';
import { DEFAULT_ROLES } from './readiness.js';
import { archivedReplays } from './replays.js';
import { rowsOf } from './rows.js';
import { signerMeant, signOff } from './sign-off.js';

export interface ReadinessOptions extends TapeOptions {
  readonly engine: EngineName;
  readonly config?: string;
  readonly incidents: string;
  readonly require?: readonly string[];
  readonly sign?: string;
  readonly as?: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** Exits 9 while a row is unmet. */
export const showReadiness: Action<ReadinessOptions> = async (context, { args: [workflow = ''], options }) => {
  const { config = DEFAULT_CONFIG_DIR, incidents, require: roles = DEFAULT_ROLES, sign, as, reason, yes = false } = options;
  if (sign === undefined && (as !== undefined || reason !== undefined)) throw new CountersignError('USAGE', '`--as` and `--reason` go with `--sign`');
  if (sign !== undefined && reason === undefined) throw new CountersignError('USAGE', '`--sign` needs a `--reason`: it is on the record');
  const { terminal } = context;
  const ledger = openLedger(context);
  const person = sign === undefined ? undefined : signerMeant(context, as);
  const controls = await controlsInForce(context, '`countersign demo`');
  const facts = await gather(context, ledger, controls, archivedReplays(context, options), { workflow, config, incidents, roles: [...new Set([...roles, ...(sign === undefined ? [] : [sign])])] });
  if (person && sign !== undefined && !(await withKafka(context, (kafka) => signOff(context, kafka, ledger, facts, person, { role: sign, reason: reason ?? '', yes })))) return EXIT.error;
  const of = { tenant: facts.tenant, workflow: facts.contract.document.workflow };
  const now = person ? { ...facts, signOffs: (await ledger.signOffs(of)).signOffs } : facts;
  const { rows, subject } = rowsOf(now);
  const ready = rows.every(({ met }) => met);
  terminal.result(
    () => readinessText(now, rows, subject, viewOf(context)),
    () => ({ ...of, ready, subject, contract: facts.contract.hash, policySet: controls.active?.policySet.hash, rows }),
  );
  return ready ? EXIT.ok : EXIT.drift;
};
