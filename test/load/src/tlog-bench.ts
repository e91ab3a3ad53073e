import { createHash } from 'node:crypto';
import { Edge, leafHash, noteSigner, signCheckpoint } from '@countersign/tlog';
import type { BenchContext } from './bench.js';
import { describeMachine, type Machine } from './machine.js';
import { spread, type Spread } from './statistics.js';

/** What the design promises of one core. */
export const TLOG_GOALS = { entriesPerSecond: 30_000, hashedMegabytesPerSecond: 300 } as const;
/** What an event and its headers take in the archive. */
const ENTRY_BYTES = 900;
/** As the ledger writes them: a checkpoint for each full bundle. */
const CHECKPOINT_EVERY = 256;
const ENTRIES = 500_000;
const QUICK_ENTRIES = 50_000;
/** Different ones in turn, 4 MB of them: more than fits into the caches next to a core. */
const DISTINCT = 4_096;

/** What was done in a second of processor time, of all threads of this process, and in one of the clock: they agree where nothing else runs. */
export interface Rate {
  readonly ofCore: Spread;
  readonly ofClock: Spread;
}

export interface TlogFigures {
  readonly rounds: number;
  readonly entries: number;
  readonly goals: typeof TLOG_GOALS;
  /** Appended, with the objects, the root and the signed checkpoint of every 256. */
  readonly entriesPerSecond: Rate;
  /** Leaf hashes of the same entries; a megabyte is a million bytes. */
  readonly hashedMegabytesPerSecond: Rate;
  readonly machine: Machine;
}

interface Round {
  readonly ofCore: number;
  readonly ofClock: number;
}

const rateOf = (amount: number, act: () => void): Round => {
  const [before, began] = [process.cpuUsage(), performance.now()];
  act();
  const { user, system } = process.cpuUsage(before);
  return { ofCore: (amount * 1_000_000) / (user + system), ofClock: (amount * 1_000) / (performance.now() - began) };
};

const spreadOf = (rounds: readonly Round[]): Rate => ({ ofCore: spread(rounds.map(({ ofCore }) => ofCore)), ofClock: spread(rounds.map(({ ofClock }) => ofClock)) });

const entryOf = (at: number): Buffer => {
  const seed = createHash('shake256', { outputLength: ENTRY_BYTES });
  return seed.update(String(at)).digest();
};

const signer = noteSigner('bench.example/log', Buffer.alloc(32, 1));

const appendAll = (entries: readonly Buffer[], count: number): void => {
  const edge = new Edge();
  for (let at = 0; at < count; at += 1) {
    edge.append(entries[at % DISTINCT] as Buffer);
    if (edge.size % CHECKPOINT_EVERY !== 0) continue;
    edge.objects();
    signCheckpoint({ origin: signer.name, size: edge.size, root: edge.root() }, signer);
  }
};

const hashAll = (entries: readonly Buffer[], count: number): void => {
  for (let at = 0; at < count; at += 1) leafHash(entries[at % DISTINCT] as Buffer);
};

/** A log in this process: nothing is stored. */
export const runTlogBench = ({ folder, rounds, quick, say }: BenchContext): TlogFigures => {
  const count = quick ? QUICK_ENTRIES : ENTRIES;
  const entries = Array.from({ length: DISTINCT }, (_, at) => entryOf(at));
  appendAll(entries, QUICK_ENTRIES);
  const appended: Round[] = [];
  const hashed: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    appended.push(rateOf(count, () => appendAll(entries, count)));
    hashed.push(rateOf((count * ENTRY_BYTES) / 1_000_000, () => hashAll(entries, count)));
    say(`round ${round + 1} of ${rounds}: ${appended.at(-1)?.ofCore.toFixed(0)} entries/s, ${hashed.at(-1)?.ofCore.toFixed(0)} MB/s`);
  }
  return { rounds, entries: count, goals: TLOG_GOALS, entriesPerSecond: spreadOf(appended), hashedMegabytesPerSecond: spreadOf(hashed), machine: describeMachine(folder) };
};

const text = ({ median, min, max }: Spread): string => {
  const [middle, least, most] = [median, min, max].map((value) => Math.round(value).toLocaleString('en'));
  return `${middle} (${least} to ${most})`;
};

export const tlogTable = ({ rounds, entries, goals, entriesPerSecond, hashedMegabytesPerSecond, machine }: TlogFigures): string =>
  [
    `${entries.toLocaleString('en')} entries of ${ENTRY_BYTES} bytes, ${rounds} rounds, medians (least to most)`,
    '',
    '| | in a second of one core | in a second of the clock | goal of a core |',
    '| --- | --- | --- | --- |',
    `| entries appended, a signed checkpoint every ${CHECKPOINT_EVERY} | ${text(entriesPerSecond.ofCore)} | ${text(entriesPerSecond.ofClock)} | ${goals.entriesPerSecond.toLocaleString('en')} |`,
    `| MB of entries hashed | ${text(hashedMegabytesPerSecond.ofCore)} | ${text(hashedMegabytesPerSecond.ofClock)} | ${goals.hashedMegabytesPerSecond} |`,
    '',
    Object.values(machine).join(', '),
  ].join('\n');
