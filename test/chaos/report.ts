import type { ChaosResult } from './result.ts';
import { momentText } from './timeline.ts';

/** So many violations of one rule are shown. */
const SHOWN = 5;

const row = (name: string, value: string | number): string => `| ${name} | ${value} |`;

/** The short table that people read. */
export const tableOf = ({ seed, calm, storm, done, log, violations }: ChaosResult): string => {
  const { hit, partly, late, unclear } = done.joinFreezes;
  const tried = Object.values(done.joinFreezes).reduce((sum, times) => sum + times, 0);
  const byPart = Object.entries(done.killsByPart).toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([part, times]) => `${part} ${times}`).join(', ');
  return [
    '| what | result |',
    '| --- | --- |',
    row('seed', seed),
    row('calm', `${calm.runs} runs in ${calm.seconds} s (${calm.runsPerSecond} runs/s)`),
    row('storm', `${storm.runs} runs in ${storm.seconds} s (${storm.runsPerSecond} runs/s)`),
    row('`kill -9`', `${done.kills} (${byPart})`),
    row('freezes beyond the session timeout', done.freezes),
    row('freezes between join and claim', `${tried} tried: ${hit} before any claim, ${partly} between claims, ${late} too late, ${tried - hit - partly - late} not (${unclear} unclear)`),
    row('faults of the payments service', done.faults),
    row('records on the log', `${log.records}, of which ${log.accepted} events count`),
    row('claims', `${log.claims} counted, ${log.voidClaims} came too late and are void`),
    row('events of zombies', `${log.stale} to be ignored, ${violations.filter(({ rule }) => rule.endsWith('of-zombie')).length} findings that one was not`),
    row('copies of a producer', `${log.copies} dropped`),
    row('violations', violations.length),
  ].join('\n');
};

/** What broke, in a form that a page can hold. */
export const violationsText = ({ violations }: ChaosResult): string =>
  [...Map.groupBy(violations, ({ rule }) => rule)]
    .flatMap(([rule, all]) => [`${rule}: ${all.length}`, ...all.slice(0, SHOWN).map(({ message }) => `  ${message}`)])
    .join('\n');

/** For a run that failed: how to have it again, what was done, and where to look. */
export const failureText = (result: ChaosResult): string =>
  [`${result.violations.length} violations`, violationsText(result), `seed ${result.seed}, evidence in ${result.dir}`, ...result.timeline.map(momentText)].join('\n');
