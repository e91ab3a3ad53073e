import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ControlState } from '@countersign/domain';
import { Evaluator, readCall } from '@countersign/evaluation';
import { CountersignError, messageOf } from '@countersign/kernel';
import { INCIDENT_FILE, incidentFaults, readIncident, type Incident } from '@countersign/replay';
import type { CommandContext } from '../command-context.js';
import { bookInForce, withPolicy } from '../policy/rule-book.js';
import type { CaseFacts } from './readiness.js';

export interface PromotedIncident {
  /** Of its folder, such as `0001-bulk-export`. */
  readonly name: string;
  readonly incident: Incident;
}

/** The incidents that `replay promote` has put into a folder, by their numbers. Throws `CONFIG_INVALID` where one cannot be read. */
export const incidentsIn = (folder: string): readonly PromotedIncident[] =>
  readdirSync(folder)
    .toSorted()
    .flatMap((name) => {
      const file = join(folder, name, INCIDENT_FILE);
      if (!existsSync(file)) return [];
      try {
        return [{ name, incident: readIncident(readFileSync(file, 'utf8'), readCall) }];
      } catch (cause) {
        throw new CountersignError('CONFIG_INVALID', `\`${file}\`: ${messageOf(cause)}`, { hint: 'write it again with `countersign replay promote`', cause });
      }
    });

/** The promoted incidents of a folder that have a call of a workflow, decided under what is in force. Absent where there is no folder. Throws `CONFIG_INVALID` where one cannot be read. */
export const incidentFacts = ({ cwd }: Pick<CommandContext, 'cwd'>, dir: string, of: { readonly tenant: string; readonly workflow: string }, controls: ControlState): CaseFacts | undefined => {
  const folder = resolve(cwd, dir);
  if (!existsSync(folder)) return undefined;
  const about = incidentsIn(folder).filter(({ incident }) => incident.calls.some(({ call }) => call.tenant === of.tenant && call.workflow === of.workflow));
  const book = bookInForce(controls);
  const differing = withPolicy(book.set, (policy) => {
    const evaluator = new Evaluator({ controls: book.controls, policy });
    return about.filter(({ incident }) => incidentFaults(incident, (call, now) => evaluator.decide(call, now)).length > 0);
  });
  return { folder: dir, ran: about.length, differing: differing.map(({ name }) => name) };
};
