/** All bytes of a body, such as that of a response; `undefined` where they are more than `limit`: the rest is not read, and whoever sends it is let go of. */
export const bytesUpTo = async (limit: number, body: AsyncIterable<Uint8Array> | null): Promise<Buffer | undefined> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.length;
    // Leaving the loop cancels the stream.
    if (size > limit) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, size);
};
