/** What a process has seen and done since it started: plain counters, for telemetry and for tests that judge from the outside. */
export interface BusStats {
  /** Events that passed every check. */
  accepted: number;
  /** Copies of an event that was read before. */
  duplicates: number;
  /** Events of writers that no longer owned the partition. */
  stale: number;
  voidClaims: number;
  /** Claims of others and own that counted. */
  claimsSeen: number;
  deadLetters: number;
  /** Records that are passed over without a letter, because the broker finds even their place too large. */
  deadLettersLost: number;
  sequenceBroken: number;
  /** Accepted inputs whose outputs were in the log already. */
  skipped: number;
  /** Inputs that a handler took, and events that were written for them and for deadlines and results. */
  handled: number;
  written: number;
  appends: number;
  appendFaults: number;
  /** Appends that did not land right behind the last one. */
  gaps: number;
  /** Own claims that counted, and own claims that came too late. */
  claims: number;
  claimsLost: number;
  restores: number;
  /** Partitions that another member turned out to own. */
  displaced: number;
  /** Bad records in the own output, passed over while it was folded. */
  badOwn: number;
  commits: number;
  commitFaults: number;
  snapshots: number;
  snapshotFaults: number;
  worksStarted: number;
  worksDropped: number;
  redriven: number;
  badControls: number;
  /** Batches without events that a relay failed on for good, and that it went on without. */
  relayFaults: number;
  /** Inputs whose log begins after what the group had committed: events are gone unread. */
  truncated: number;
}

export const newStats = (): BusStats => ({
  accepted: 0,
  duplicates: 0,
  stale: 0,
  voidClaims: 0,
  claimsSeen: 0,
  deadLetters: 0,
  deadLettersLost: 0,
  sequenceBroken: 0,
  skipped: 0,
  handled: 0,
  written: 0,
  appends: 0,
  appendFaults: 0,
  gaps: 0,
  claims: 0,
  claimsLost: 0,
  restores: 0,
  displaced: 0,
  badOwn: 0,
  commits: 0,
  commitFaults: 0,
  snapshots: 0,
  snapshotFaults: 0,
  worksStarted: 0,
  worksDropped: 0,
  redriven: 0,
  badControls: 0,
  relayFaults: 0,
  truncated: 0,
});
