/** Where the bus says what it does: ids, codes and offsets, never what events hold. */
export interface BusLog {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

const nothing = (): void => undefined;
export const silentLog: BusLog = { info: nothing, warn: nothing, error: nothing };
