/** What a proof is made of: an entry of a log and its receipt (C2SP tlog-proof), and the same for the checkpoint in the anchor. */
export const PROOF_FILES = { record: 'record.json', recordReceipt: 'record.tlog-proof', anchor: 'anchor.json', anchorReceipt: 'anchor.tlog-proof', blob: 'record.blob' } as const;
