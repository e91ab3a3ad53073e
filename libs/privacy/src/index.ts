export type { DataKey, KeyEntry, KeyList, KeyOwner, KeyStore, TenantKey, TenantKeys } from './data-key.js';
export { FileKeyStore } from './file-key-store.js';
export { FileTenantKeys } from './file-tenant-keys.js';
export { Sealer, Seals } from './seals.js';
export type { SealedFor } from './seals.js';
export { NO_KEYS, openKeyStore } from './open-key-store.js';
export { keysOfRunsWith, runsWith } from './runs-with.js';
export { discloseTo, newRecipient } from './disclosure.js';
export type { Disclosed, Recipient } from './disclosure.js';
