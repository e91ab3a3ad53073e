import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newArchiveKey } from '@countersign/archive';
import { messageOf } from '@countersign/kernel';
import { eventually } from '../../support/eventually.ts';
import { randomOf } from '../../support/random.ts';
import { deathsOf, encodeDeath, type Death, type Moment } from './deaths.ts';
import { Judge } from './judge.ts';
import { World, type Archive, type LedgerProcess } from './world.ts';

interface Doomed {
  readonly death: Death;
  readonly ledger: LedgerProcess;
}

export interface KillOptions {
  readonly seed: number;
  readonly kills: number;
  readonly moments?: readonly Moment[];
  readonly dir: string;
}

export interface KillResult {
  readonly seed: number;
  /** How many ledgers died where. */
  readonly deaths: Readonly<Record<string, number>>;
  readonly records: number;
  readonly checkpoints: number;
  /** Objects, and checkpoints of the same size, that are the same where nothing died. */
  readonly same: { readonly objects: number; readonly checkpoints: number };
  readonly violations: readonly string[];
}

/** A start and a session that has to run out first, on a machine that does much else. */
const DEATH_PATIENCE_MS = 60_000;
const WRITE_EVERY_MS = 100;
/** Ledgers of a round: one that dies alone, two that share the partitions, and a third that takes over from them. */
const MOST_AT_ONCE = 3;

export const freshDir = (): string => mkdtempSync(join(tmpdir(), 'countersign-kills-'));

/** Writes to Kafka until every ledger has died; says how those ended that did not as they had to. */
const untilDead = async (world: World, doomed: readonly Doomed[]): Promise<readonly string[]> => {
  const open = new Set(doomed);
  const wrong: string[] = [];
  for (const each of doomed) {
    void each.ledger.ended.then((signal) => {
      open.delete(each);
      if (signal !== 'SIGKILL') wrong.push(`a ledger that had to die at \`${encodeDeath(each.death)}\` ended with ${String(signal)}: ${whatItSaid(each.ledger)}`);
      if (each.ledger.said().includes(STOOD_STILL)) wrong.push(`a ledger stood still: ${whatItSaid(each.ledger)}`);
    });
  }
  for (const late = performance.now() + DEATH_PATIENCE_MS; open.size > 0 && performance.now() < late; await sleep(WRITE_EVERY_MS)) {
    if ([...open].some(({ ledger }) => ledger.said().includes('"ready"'))) await world.write(1);
  }
  for (const { death, ledger } of open) {
    wrong.push(`a ledger did not come to \`${encodeDeath(death)}\`: ${whatItSaid(ledger)}`);
    ledger.child.kill('SIGKILL');
    await ledger.ended;
  }
  return wrong;
};

const STOOD_STILL = '"the archive does not go on"';
const whatItSaid = (ledger: LedgerProcess): string => ledger.said().split('\n').slice(-15).join('\n');

/** Lets a ledger work until an archive has everything, undisturbed, and stop in order. */
const finish = async (archive: Archive, world: World): Promise<readonly string[]> => {
  const ledger = world.ledger(archive);
  let lacks: readonly string[] = [];
  await eventually('an archive that has everything', async () => {
    if (ledger.child.exitCode !== null) throw new Error(`the ledger ended with ${ledger.child.exitCode}: ${whatItSaid(ledger)}`);
    const judge = new Judge(archive, world);
    await judge.holds('meanwhile');
    lacks = judge.violations;
    return (lacks.length === 0 && (await judge.isAnchored())) || undefined;
  }, 2 * DEATH_PATIENCE_MS).catch((fault: unknown) => {
    throw new Error(`${messageOf(fault)}: ${lacks.join('; ')}\n${whatItSaid(ledger)}`, { cause: fault });
  });
  ledger.child.kill('SIGTERM');
  await ledger.ended;
  return ledger.said().includes(STOOD_STILL) ? [`a ledger stood still: ${whatItSaid(ledger)}`] : [];
};

/** Kills ledgers at every point of the order in which they write, and judges what they have left. */
export const runKills = async ({ seed, kills, moments, dir }: KillOptions, onDeath: (text: string) => void = () => undefined): Promise<KillResult> => {
  const random = randomOf(seed);
  const waiting = [...deathsOf(kills, random, moments)];
  const deaths: Record<string, number> = {};
  const world = await World.start(dir);
  try {
    const archive = await world.newArchive(newArchiveKey('ledger.example'));
    const judge = new Judge(archive, world);
    let told = 0;
    for (let round = 1; waiting.length > 0; round += 1) {
      const doomed = waiting.splice(0, 1 + (round % MOST_AT_ONCE)).map((death) => ({ death, ledger: world.ledger(archive, death) }));
      for (const wrong of await untilDead(world, doomed)) judge.violations.push(`round ${round}: ${wrong}`);
      const { entries } = await judge.look(`round ${round}`);
      for (const { death: { moment, step } } of doomed) deaths[`${moment} ${step}`] = (deaths[`${moment} ${step}`] ?? 0) + 1;
      onDeath(`round ${round}: ${doomed.map(({ death }) => encodeDeath(death)).join(', ')}; ${entries} entries`);
      for (const violation of judge.violations.slice(told)) onDeath(violation);
      told = judge.violations.length;
    }
    const finished = await finish(archive, world);
    const { checkpoints } = await judge.look('in the end', true);
    const records = await judge.holds('in the end');
    const calm = await world.newArchive(newArchiveKey('calm.example'));
    const undisturbed = await finish(calm, world);
    const calmly = new Judge(calm, world);
    await calmly.look('undisturbed', true);
    const same = await judge.isAs(calm);
    return { seed, deaths, records, checkpoints, same, violations: [...judge.violations, ...finished, ...calmly.violations, ...undisturbed] };
  } finally {
    await world.close();
  }
};
