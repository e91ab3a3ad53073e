import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { number, readServiceConfig, ServiceConfig } from '@countersign/service';

/** What the ledger needs beyond every service. */
export class LedgerConfig extends ServiceConfig {
  /** The read model, `postgres://user:password@host:port/database`. */
  @Matches(/^postgres(ql)?:\/\//) databaseUrl!: string;
  /** Port of the HTTP API on the loopback interface; 0 for any free one. */
  @Transform(number) @IsInt() @Min(0) @Max(65_535) port = 0;
  /** What requests to the HTTP API have to carry; made with a new token where it is missing. */
  @IsString() tokenFile!: string;
  /** Where the archive is kept, `file:` or `s3:`; none unless given. */
  @IsOptional() @Matches(/^(file|s3):/) archiveUrl?: string;
  /** What the archive is signed with; needed where there is one. */
  @IsOptional() @IsString() archiveKeyFile?: string;
  /** No record waits longer for its checkpoint, in milliseconds; the cadence of the project unless given. */
  @IsOptional() @Transform(number) @IsInt() @Min(100) @Max(30_000) archiveDelayMs?: number;
  /** Who cosigns the anchor of the archive: `KEY URL`, several separated by commas; nobody unless given. */
  @IsOptional() @IsString() witnesses?: string;
  /** The key of the anchor of the archive that the read model is made of, and those of the witnesses that have to have cosigned it; for `rebuild archive` alone. */
  @IsOptional() @IsString() archiveAnchor?: string;
  @IsOptional() @IsString() archiveWitnesses?: string;
}

export const readLedgerConfig = (env: NodeJS.ProcessEnv): LedgerConfig =>
  readServiceConfig(LedgerConfig, env, { databaseUrl: 'DATABASE_URL', port: 'COUNTERSIGN_LEDGER_PORT', tokenFile: 'COUNTERSIGN_LEDGER_TOKEN_FILE', archiveUrl: 'ARCHIVE_URL', archiveKeyFile: 'COUNTERSIGN_ARCHIVE_KEY_FILE', archiveDelayMs: 'COUNTERSIGN_ARCHIVE_DELAY_MS', witnesses: 'COUNTERSIGN_WITNESSES', archiveAnchor: 'COUNTERSIGN_ARCHIVE_ANCHOR', archiveWitnesses: 'COUNTERSIGN_ARCHIVE_WITNESSES' });
