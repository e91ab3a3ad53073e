import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CountersignError } from '@countersign/kernel';
import { ErrorFilter } from './error.filter.js';
import { httpModuleOf, type HttpParts } from './http.module.js';
import { TokenGuard } from './token.guard.js';
import { requestValidation } from './validation.js';

export type FaultListener = (fault: CountersignError) => void;

export interface HttpOptions extends HttpParts {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** What requests have to carry. */
  readonly token: string;
  /** Hears of answers with a status of 500 and above. */
  readonly onFault: FaultListener;
}

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the read model until it is closed. Throws where the port is taken. */
export const startHttp = async (options: HttpOptions): Promise<HttpServer> => {
  const { host, port, token, onFault } = options;
  const app = await NestFactory.create<NestExpressApplication>(httpModuleOf(options), { logger: false, bodyParser: false, forceCloseConnections: true, abortOnError: false });
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  app.useGlobalGuards(new TokenGuard(token));
  app.useGlobalPipes(requestValidation());
  app.useGlobalFilters(new ErrorFilter(onFault));
  try {
    await app.listen(port, host);
  } catch (cause) {
    await app.close();
    throw new CountersignError('CONFIG_INVALID', `the ledger cannot listen on \`${host}:${port}\``, { cause, hint: 'choose another port, or 0 for any free one' });
  }
  const { port: bound } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://${host}:${bound}`, close: () => app.close() };
};
