import type { Scope } from '@countersign/domain';
import { parsePrincipal, parseScope } from '@countersign/identity';
import { CountersignError } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { openLedger } from '../ledger/ledger-client.js';
import { findRun } from '../runs/find-run.js';
import type { View } from '../terminal/view.js';

const RUN = 'run:';
const AGENT = 'agent:';

/**
 * What a person means by a scope. An agent may be given by its SPIFFE id, a run by the start of its id: that the ledger has to know,
 * and nothing else. Throws `USAGE` and `NOT_FOUND`.
 */
export const typedScope = async (context: CommandContext, typed: string, view: View): Promise<Scope> => {
  const scope = parseScope(typed);
  if (scope) return scope;
  if (typed.startsWith(RUN) && !typed.includes('/')) {
    const { id, tenant, workflow } = await findRun(openLedger(context), typed.slice(RUN.length), view);
    return { scope: 'run', value: `${tenant}/${workflow}/${id}` };
  }
  const agent = typed.startsWith(AGENT) ? parsePrincipal(typed.slice(AGENT.length)) : undefined;
  if (agent?.kind === 'agent') return { scope: 'agent', value: `${agent.tenant}/${agent.workflow}/${agent.agent}` };
  throw new CountersignError('USAGE', `\`${typed}\` is no scope`, { hint: 'such as `all`, `tenant:acme`, `workflow:acme/refund-desk`, `agent:acme/refund-desk/refund-desk`, `tool:payments.refund` or `run:ID`' });
};

