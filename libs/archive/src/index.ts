export { FileStore } from './file-store.js';
export { blobPath, decodeLeaf, encodeLeaf, type ArchivedRecord, type BlobLeaf, type DecodedLeaf, type Leaf } from './leaf.js';
export { LogWriter, readCheckpoint, readPart, type Keep, type LogWriterOptions } from './log-writer.js';
export { MemoryStore } from './memory-store.js';
export type { Lock, ObjectHistory, ObjectStore, ReadableStore } from './object-store.js';
export { openReadableStore, openStore } from './open-store.js';
