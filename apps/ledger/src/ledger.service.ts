import type { Relay } from '@countersign/bus';
import type { RelayDefinition, RelayParts } from '@countersign/service';
import { LogPositions } from './adapters/log-positions.js';
import { readLedgerConfig, type LedgerConfig } from './ledger.config.js';
import { LedgerModule } from './ledger.module.js';

/** The ledger as a relay that keeps its positions with what it makes of the events. */
export const ledgerService = ({ http, onParts = () => undefined }: { readonly http: boolean; readonly onParts?: (parts: RelayParts<LedgerConfig>) => void }): RelayDefinition<LedgerConfig> => ({
  service: 'ledger',
  readConfig: readLedgerConfig,
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
