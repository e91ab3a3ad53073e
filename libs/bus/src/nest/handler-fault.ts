import { RpcException } from '@nestjs/microservices';
import { CountersignError, ERROR_CODES, type ErrorCode } from '@countersign/kernel';

const isErrorCode = (text: unknown): text is ErrorCode => typeof text === 'string' && Object.hasOwn(ERROR_CODES, text);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * What went wrong in a handler, as an error with a code. Nest's filters reject with plain objects (`{ status, message }`), a validation
 * pipe without an `exceptionFactory` with one that prints as `[object Object]`.
 */
export const handlerFault = (fault: unknown): unknown => {
  if (fault instanceof RpcException) return handlerFault(fault.getError());
  if (fault instanceof Error) return fault;
  if (typeof fault !== 'object' || fault === null) return new CountersignError('HANDLER_FAILED', textOf(fault) ?? 'the handler failed');
  const code = 'code' in fault && isErrorCode(fault.code) ? fault.code : 'HANDLER_FAILED';
  const message = 'message' in fault ? textOf(fault.message) : undefined;
  return new CountersignError(code, message ?? 'the handler failed', { cause: fault });
};
