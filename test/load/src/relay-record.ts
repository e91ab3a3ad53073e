/** What the relay's records say: the run, and which of its records this is. The rest is ballast, so that they are as large as ours. */
const RUN_BYTES = 4;
const HEAD_BYTES = RUN_BYTES + 1;

export const relayValue = (run: number, hop: number, bytes: number): Buffer => {
  const value = Buffer.alloc(Math.max(bytes, HEAD_BYTES));
  value.writeUInt32BE(run, 0);
  value.writeUInt8(hop, RUN_BYTES);
  return value;
};

export const readRelayValue = (value: Buffer): { readonly run: number; readonly hop: number } => ({ run: value.readUInt32BE(0), hop: value.readUInt8(RUN_BYTES) });
