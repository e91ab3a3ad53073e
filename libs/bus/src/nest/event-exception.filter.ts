import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Lets the fault of a handler through as it is. Nest's own filter would make `Internal server error` of it, and the dead letter
 * could not say what was wrong. Register it with `useGlobalFilters`; filters of a controller or a handler come before it.
 */
@Catch()
export class EventExceptionFilter implements RpcExceptionFilter {
  catch(fault: unknown): Observable<never> {
    return throwError(() => fault);
  }
}
