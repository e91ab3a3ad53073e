/** What replaying runs came to. */
export type ReplayReport = { readonly kind: 'not-run'; readonly why: string } | { readonly kind: 'ran'; readonly runs: number; readonly differing: readonly string[] };

/** Replays runs, or says that nobody has. */
export interface Replays {
  of(runs: readonly string[]): Promise<ReplayReport>;
}

/** Nothing replays runs here yet, so nothing is known of it. */
export const notRun: Replays = { of: async () => ({ kind: 'not-run', why: 'no run was replayed' }) };
