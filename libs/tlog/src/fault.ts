/** What can be wrong with a log, or with what somebody says of one. */
export type TlogFaultCode =
  /** Not a signed note, a checkpoint, a bundle, a tile, a key or a proof: it cannot be read. */
  | 'malformed'
  /** A signature of a known key does not verify. */
  | 'signature.invalid'
  /** No known key has signed, or fewer than were asked for. */
  | 'signature.missing'
  /** A checkpoint of another log. */
  | 'origin.wrong'
  /** Hashes do not lead to the root that they have to lead to. */
  | 'proof.invalid'
  /** An object that a checkpoint promises is not there. */
  | 'object.missing';

export class TlogFault extends Error {
  override readonly name = 'TlogFault';

  constructor(
    readonly code: TlogFaultCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const malformed = (what: string): TlogFault => new TlogFault('malformed', what);
