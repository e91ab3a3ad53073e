import { Transform } from 'class-transformer';
import { IsInt, IsString, Matches, Max, Min } from 'class-validator';
import { number, readServiceConfig, ServiceConfig } from '@countersign/service';

/** What the ledger needs beyond every service. */
export class LedgerConfig extends ServiceConfig {
  /** The read model, `postgres://user:password@host:port/database`. */
  @Matches(/^postgres(ql)?:\/\//) databaseUrl!: string;
  /** Port of the HTTP API on the loopback interface; 0 for any free one. */
  @Transform(number) @IsInt() @Min(0) @Max(65_535) port = 0;
  /** What requests to the HTTP API have to carry; made with a new token where it is missing. */
  @IsString() tokenFile!: string;
}

export const readLedgerConfig = (env: NodeJS.ProcessEnv): LedgerConfig =>
  readServiceConfig(LedgerConfig, env, { databaseUrl: 'DATABASE_URL', port: 'COUNTERSIGN_LEDGER_PORT', tokenFile: 'COUNTERSIGN_LEDGER_TOKEN_FILE' });
