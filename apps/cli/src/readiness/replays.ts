import { codeOf, messageOf, type ErrorCode } from '@countersign/kernel';
import { isWhole } from '@countersign/replay';
import type { EngineName } from '@countersign/policy-engines';
import type { CommandContext } from '../command-context.js';
import { divergedIn, exactReport } from '../replay/exact.js';
import { readTape, type TapeOptions } from '../replay/read-tape.js';

/** What replaying runs came to. */
export type ReplayReport = { readonly kind: 'not-run'; readonly why: string } | { readonly kind: 'ran'; readonly runs: number; readonly differing: readonly string[] };

/** Replays runs, or says why it cannot. */
export interface Replays {
  of(runs: readonly string[]): Promise<ReplayReport>;
}

/** Where there is no archive, or none that can be read, nothing is known. What is wrong with one is for `ledger verify` to say. */
const NO_ARCHIVE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['USAGE', 'STACK_NOT_RUNNING', 'CONFIG_INVALID', 'NOT_FOUND', 'ARCHIVE_UNREACHABLE']);

/** Runs are decided once more from the archive, with the network shut: see `replay exact`. */
export const archivedReplays = (context: CommandContext, options: TapeOptions & { readonly engine: EngineName }): Replays => ({
  of: async (runs) => {
    try {
      const tape = await readTape(context, options);
      const bundles = tape.runs.filter((bundle) => runs.includes(bundle.run) && isWhole(bundle));
      if (bundles.length === 0) return { kind: 'not-run', why: 'none of them is whole in the archive' };
      const report = await exactReport(tape, bundles, options.engine);
      return { kind: 'ran', runs: bundles.length, differing: [...new Set(divergedIn(report).map(({ run }) => run))] };
    } catch (fault) {
      if (!NO_ARCHIVE.has(codeOf(fault))) throw fault;
      return { kind: 'not-run', why: messageOf(fault) };
    }
  },
});
