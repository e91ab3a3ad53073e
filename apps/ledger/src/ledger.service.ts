import type { Relay } from '@countersign/bus';
import { millis } from '@countersign/kernel';
import type { RelayDefinition, RelayParts } from '@countersign/service';
import { LogPositions } from './adapters/log-positions.js';
import { readLedgerConfig, type LedgerConfig } from './ledger.config.js';
import { LedgerModule } from './ledger.module.js';

/**
 * People look at what happened, and programs ask now and then: nobody misses a tenth of a second. At 50 runs a second it saves
 * two thirds of what the ledger, Kafka and PostgreSQL spend on it.
 */
const LINGER = millis(100);

/** The ledger as a relay that keeps its positions with what it makes of the events. */
export const ledgerService = ({ http, onParts = () => undefined }: { readonly http: boolean; readonly onParts?: (parts: RelayParts<LedgerConfig>) => void }): RelayDefinition<LedgerConfig> => ({
  service: 'ledger',
  readConfig: readLedgerConfig,
  linger: LINGER,
  module: (parts) => {
    onParts(parts);
    return LedgerModule.of(parts, { http });
  },
  positions: (app): Relay['positions'] => {
    const positions = app.get(LogPositions);
    return (targets) => positions.of(targets);
  },
  ...(http ? { port: ({ port }: LedgerConfig) => port } : {}),
});
