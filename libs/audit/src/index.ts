export { logRecordOf, recordOf, type ArchivedLog } from './archived-log.js';
export { auditArchive, type Audit, type AuditedLog, type AuditFault, type AuditOptions } from './audit-archive.js';
export { LogChecker, type Checked, type Namespace } from './log-checker.js';
export { isWitnessed, readAnchor, type Anchor, type Trust } from './read-anchor.js';
export { RecordIndex } from './record-index.js';
export { Redaction } from './redaction.js';
export { RunRoots } from './run-roots.js';
export { entriesOf, Prover, verifyProof, type ProvenEntry, type RecordProof, type ShownRecord } from './prove.js';
export { chooseRecords, logLine, PACK_FILES, recordLine, redactedLine, verifyPack, type ChosenRecord, type PackManifest, type PackScope, type VerifiedPack } from './pack.js';
