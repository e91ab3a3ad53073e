/** What a caller is told when a request is not carried out: `{"error":{"code","message"}}` with this status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    /** Stable, snake_case: what callers may switch on. */
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const invalidRequest = (message: string): ApiError => new ApiError(400, 'invalid_request', message);

/**
 * The database could not be asked, or gave no answer. If a write was under way its fate is unknown to the caller:
 * send it again with the same idempotency key.
 */
export const databaseUnavailable = (): ApiError =>
  new ApiError(503, 'database_unavailable', 'the database gave no answer, try again', { 'retry-after': '1' });
