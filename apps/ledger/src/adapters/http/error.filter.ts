import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { CountersignError, type ErrorCode } from '@countersign/kernel';
import type { HttpOptions } from './http-parts.js';

interface Answer {
  status(code: number): Answer;
  json(body: unknown): void;
}

const NOT_FOUND = 404;
/** From here on it is not the caller's fault. */
const FAULT = 500;

const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  REQUEST_INVALID: 400,
  UNAUTHENTICATED: 401,
  NOT_FOUND,
  DATABASE_UNREACHABLE: 503,
};

/** Nest's own faults are about the request: no such path, a broken escape in it. */
const asOurs = (fault: unknown): CountersignError => {
  if (fault instanceof CountersignError) return fault;
  if (fault instanceof HttpException) {
    return fault.getStatus() === NOT_FOUND ? new CountersignError('NOT_FOUND', 'there is no such path') : new CountersignError('REQUEST_INVALID', 'the request is not understood');
  }
  return new CountersignError('INTERNAL', 'the request failed by a fault of ours', { cause: fault });
};

/** Every fault as `{error: {code, message, hint}}`. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly onFault: HttpOptions['onFault']) {}

  catch(fault: unknown, host: ArgumentsHost): void {
    const error = asOurs(fault);
    const status = STATUS[error.code] ?? FAULT;
    if (status >= FAULT) this.onFault(error);
    const { code, message, hint } = error;
    host.switchToHttp().getResponse<Answer>().status(status).json({ error: { code, message, ...(hint === undefined ? {} : { hint }) } });
  }
}
