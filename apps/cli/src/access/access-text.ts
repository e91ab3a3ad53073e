import { oneLine } from '../terminal/safe-text.js';
import type { View } from '../terminal/view.js';
import type { Access, Gate, MetRule } from './who-can.js';

const people = ({ ask }: MetRule): string => (ask ? ` tier ${ask.tier}, ${ask.quorum} of ${ask.roles.length === 0 ? 'any role' : ask.roles.join(', ')}` : '');

/** For people: one agent and tool, then what stands before it. */
export const accessText = (target: string, found: readonly Access[], { colors }: View): string => {
  if (found.length === 0) return `nobody can: no contract lists a tool of \`${target}\``;
  const gates: Readonly<Record<Gate, string>> = { allowed: colors.yellow('allowed'), asks: colors.cyan('asks'), denied: colors.green('denied') };
  return found
    .map(({ contract, tenants, workflow, tool, effect, risk, stage, gate, rules }) => {
      const head = `${colors.bold(oneLine(contract))} of ${tenants.join(', ')} (workflow ${workflow}, ${stage}): ${colors.bold(tool)} (${[effect, ...risk].join(', ')})  ${gates[gate]}`;
      const lines = rules.map((rule) => `  ${gates[rule.gate]}${people(rule)}  ${oneLine(rule.rule)}: ${rule.always ? '' : 'where '}${oneLine(rule.why)}`);
      return [head, ...lines].join('\n');
    })
    .join('\n');
};
