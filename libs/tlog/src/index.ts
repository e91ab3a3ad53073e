export { decodeBundle, encodeBundle, MAX_ENTRY_BYTES } from './bundle.js';
export { checkpointText, openCheckpoint, parseCheckpoint, signCheckpoint, withSignatures, type Checkpoint, type CheckpointTrust, type OpenedCheckpoint } from './checkpoint.js';
export { Edge, type LogObject } from './edge.js';
export { TlogFault, type TlogFaultCode } from './fault.js';
export { CHECKPOINT_PATH, firstEntryOf, levelsOf, parsePartPath, partialOf, partPath, partsOf, TILE_WIDTH, widthOf, type Part } from './layout.js';
export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash, rootFromPath, treeRoot, treeWithPaths } from './merkle.js';
export { cosignedAt, decodeNote, decodeSignatures, decodeVerifier, encodeNote, encodeVerifier, logSeed, noteSigner, noteVerifier, signatureOf, signersOf, signNote, type Note, type NoteSigner, type NoteVerifier, type Signature, type SignatureType } from './note.js';
export { edgeParts, hashesOfTile, isConsistent, isIncluded, proveConsistency, proveInclusion, rootOf, type ReadPart, type TiledTree, type TreeHead } from './proof.js';
export { decodeReceipt, encodeReceipt, verifyLeafReceipt, verifyReceipt, type Receipt } from './receipt.js';
