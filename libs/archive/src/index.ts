export { ArchiveWriter, decodeArchiveKey, DEFAULT_LOCK_DAYS, descriptionPath, encodeArchiveKey, initArchive, logPath, logSigner, newArchiveKey, readDescription, type ArchiveDescription, type ArchiveKey, type NewArchive } from './archive.js';
export { FileStore } from './file-store.js';
export { blobPath, decodeLeaf, encodeLeaf, offsetOf, type ArchivedRecord, type BlobLeaf, type DecodedLeaf, type Leaf } from './leaf.js';
export { LogWriter, readCheckpoint, readPart, type Keep, type LogWriterOptions, type SignedCheckpoint } from './log-writer.js';
export { MemoryStore } from './memory-store.js';
export type { Lock, ObjectHistory, ObjectStore, ReadableStore } from './object-store.js';
export { openReadableStore, openStore } from './open-store.js';
export { verifyLog, type LogFault, type LogFaultCode, type VerifiedLog, type VerifyLogOptions } from './verify-log.js';
export { askWitness, parseWitnesses, WITNESS_DEADLINE, type WitnessAddress, type WitnessAnswer } from './witness.js';
