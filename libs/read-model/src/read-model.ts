import { sql } from 'kysely';
import { findApproval, listApprovals, type ApprovalFilter } from './approval-queries.js';
import { approvalFigures, type FiguresFilter } from './approval-figures.js';
import { attention, type AttentionFilter } from './attention-query.js';
import { backlog, type BacklogFilter } from './backlog-query.js';
import { Database, type DatabaseOptions } from './database.js';
import { configFile, effectsOf, undoingsOf } from './effect-queries.js';
import { findEscalation, listEscalations, type EscalationFilter } from './escalation-queries.js';
import { pageEvents, type EventFilter, type EventPage } from './event-queries.js';
import { fingerprint, type Fingerprint } from './fingerprint.js';
import { migrate } from './migrate.js';
import { beginPositions, emptyTables, listPositions, skipPositions, type Position } from './position-queries.js';
import { project } from './project.js';
import type { ProjectionBatch } from './projected-event.js';
import { findRun, listRuns, runView, timelineOf, type RunFilter } from './run-queries.js';
import { budgetOf, runRecord } from './run-record.js';
import type { ApprovalFigures, ApprovalSummary, ApprovalView, Attention, BacklogLine, ConfigFileView, EffectView, EscalationSummary, EscalationView, EventView, Page, RunRecord, RunSummary, RunView, SignOffView, StandingView, Why } from './views.js';
import { listSignOffs, type SignOffFilter } from './sign-off-query.js';
import { listStanding, type StandingFilter } from './standing-query.js';
import type { Voter } from './voters.js';
import { whyOf } from './why.js';

/** Takes batches into the model; `signal` ends the waiting for a PostgreSQL that is away. */
export type Project = (batches: readonly ProjectionBatch[], signal?: AbortSignal) => Promise<void>;

/**
 * What happened, in PostgreSQL, for people and programs that ask. It is made of the log and of nothing else, and can be made again at any time.
 * Every method throws `DATABASE_UNREACHABLE` or `DATABASE_REFUSED` where PostgreSQL does not answer as it should.
 */
export class ReadModel {
  private constructor(private readonly database: Database) {}

  /** Connects and brings the tables up to date; waits a while for a PostgreSQL that is just starting. */
  static async open(options: DatabaseOptions): Promise<ReadModel> {
    const database = new Database(options);
    try {
      await database.patiently(migrate);
    } catch (fault) {
      await database.close();
      throw fault;
    }
    return new ReadModel(database);
  }

  /** How far the model has come. A reader starts there, and not at what its group committed. */
  positions(): Promise<readonly Position[]> {
    return this.database.query(listPositions);
  }

  /** Begins topic partitions that the model has never read; what is there stays. */
  begin(positions: readonly Position[]): Promise<void> {
    return this.database.query((db) => beginPositions(db, positions));
  }

  /** Exactly once, see `project`. Throws `POSITION_GAP`. */
  readonly project: Project = (batches, signal) => this.database.write((trx) => project(trx, batches), signal);

  /** Goes on behind events that the log has lost before they were read; never back. */
  skip(positions: readonly Position[]): Promise<void> {
    return this.database.query((db) => skipPositions(db, positions));
  }

  /**
   * Empties the model, for it to be made again from the start of the log. A ledger that runs meanwhile finds that it is ahead of the
   * model (`POSITION_GAP`), and has to start again from there: at `begins`, where they are given.
   */
  empty(begins: readonly Position[] = []): Promise<void> {
    return this.database.query((db) =>
      db.transaction().execute(async (trx) => {
        await emptyTables(trx);
        await beginPositions(trx, begins);
      }),
    );
  }

  /** Has PostgreSQL tidy up and look at what the tables hold. It does so by itself, but only a minute or so after they were filled, and plans by guesses until then. */
  async vacuum(): Promise<void> {
    await this.database.query((db) => sql`vacuum (analyze)`.execute(db));
  }

  listRuns(filter: RunFilter): Promise<Page<RunSummary>> {
    return this.database.snapshot((trx) => listRuns(trx, filter));
  }

  /** Throws `NOT_FOUND`, as the four after it. */
  run(id: string): Promise<RunView> {
    return this.database.snapshot(async (trx) => runView(await findRun(trx, id), await undoingsOf(trx, id)));
  }

  /** `voters`: the people of the directory in force. */
  why(id: string, voters: readonly Voter[]): Promise<Why> {
    return this.database.snapshot(async (trx) => {
      return whyOf(await findRun(trx, id), voters);
    });
  }

  timeline(id: string): Promise<readonly EventView[]> {
    return this.database.snapshot(async (trx) => timelineOf(await findRun(trx, id)));
  }

  record(id: string): Promise<RunRecord> {
    return this.database.snapshot(async (trx) => {
      const found = await findRun(trx, id);
      return runRecord(found, await budgetOf(trx, found));
    });
  }

  effects(outsideId: string): Promise<readonly EffectView[]> {
    return this.database.snapshot((trx) => effectsOf(trx, outsideId));
  }

  /** Throws `NOT_FOUND`. */
  configFile(kind: string, hash: string): Promise<ConfigFileView> {
    return this.database.snapshot((trx) => configFile(trx, kind, hash));
  }

  approval(id: string, voters: readonly Voter[]): Promise<ApprovalView> {
    return this.database.snapshot((trx) => findApproval(trx, id, voters));
  }

  listApprovals(filter: ApprovalFilter): Promise<Page<ApprovalSummary>> {
    return this.database.snapshot((trx) => listApprovals(trx, filter));
  }

  approvalFigures(filter: FiguresFilter): Promise<ApprovalFigures> {
    return this.database.snapshot((trx) => approvalFigures(trx, filter));
  }

  escalation(id: string, voters: readonly Voter[]): Promise<EscalationView> {
    return this.database.snapshot((trx) => findEscalation(trx, id, voters));
  }

  listEscalations(filter: EscalationFilter): Promise<Page<EscalationSummary>> {
    return this.database.snapshot((trx) => listEscalations(trx, filter));
  }

  listStanding(filter: StandingFilter): Promise<readonly StandingView[]> {
    return this.database.snapshot((trx) => listStanding(trx, filter));
  }

  signOffs(filter: SignOffFilter): Promise<readonly SignOffView[]> {
    return this.database.snapshot((trx) => listSignOffs(trx, filter));
  }

  backlog(filter: BacklogFilter = {}): Promise<readonly BacklogLine[]> {
    return this.database.snapshot((trx) => backlog(trx, filter));
  }

  /** `voters`: the people of the directory in force. */
  attention(filter: AttentionFilter, voters: readonly Voter[]): Promise<Attention> {
    return this.database.snapshot((trx) => attention(trx, filter, voters));
  }

  events(filter: EventFilter): Promise<EventPage> {
    return this.database.snapshot((trx) => pageEvents(trx, filter));
  }

  /** Throws unless PostgreSQL answers. */
  async check(): Promise<void> {
    await this.database.query((db) => sql`select 1`.execute(db));
  }

  fingerprint(): Promise<Fingerprint> {
    return this.database.snapshot(fingerprint);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
