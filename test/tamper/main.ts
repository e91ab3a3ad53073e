import { parseArgs } from 'node:util';
import { randomOf } from '../support/random.ts';
import { casesOf, find, isCaught, subjectOf } from './judge.ts';
import { KINDS } from './kinds.ts';

/** Tampers with an archive in every way, at places that chance chooses; ends with 1 where something was not told, or told of what was intact. */
const { values } = parseArgs({ options: { cases: { type: 'string', default: '10000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } });
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const each = Math.ceil(cases / KINDS.length);
/** Another archive every so many cases of a kind. */
const CASES_PER_ARCHIVE = 25;

let [done, missed] = [0, 0];
const began = performance.now();
for (const kind of KINDS) {
  let made = 0;
  for (let round = 0; made < each; round += 1) {
    const subject = await subjectOf(randomOf(seed + round));
    if ((await find(subject.archived.store, subject, { seen: subject.seen })).length > 0) {
      console.log(`an intact archive was told to have faults: seed ${seed + round}`);
      missed += 1;
    }
    let inRound = 0;
    for await (const found of casesOf(subject, kind, Math.min(CASES_PER_ARCHIVE, each - made), seed + round)) {
      inRound += 1;
      if (isCaught(found)) continue;
      missed += 1;
      console.log(`not told: ${kind.name}: archive of seed ${seed + round}, case ${found.seed}, found ${JSON.stringify({ changed: { ...found.changed, logs: [...found.changed.logs] }, alone: found.alone, witnessed: found.witnessed })}`);
    }
    if (inRound === 0) break;
    made += inRound;
  }
  done += made;
  if (made === 0) missed += 1;
  console.log(`${String(made).padStart(5)}  ${kind.toldBy.padEnd(8)}${kind.name}`);
}
console.log(`${done} cases of ${KINDS.length} kinds, ${missed} not as they have to be, in ${Math.round((performance.now() - began) / 1000)} s (--seed ${seed})`);
process.exitCode = missed === 0 ? 0 : 1;
