import type { Server } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

interface Express {
  disable(setting: string): void;
  use(middleware: (request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => void): void;
}

/** What all answers share, and an end that waits for nobody. */
@Injectable()
export class HttpSurface implements OnModuleDestroy {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {
    const express = host.httpAdapter.getInstance<Express>();
    express.disable('x-powered-by');
    express.disable('etag');
    // Answers are about people and money, and are true for a moment only.
    express.use((_request, response, next) => {
      response.setHeader('cache-control', 'no-store');
      response.setHeader('x-content-type-options', 'nosniff');
      next();
    });
  }

  /** Nest would wait for whoever waits for the next event. */
  onModuleDestroy(): void {
    (this.host.httpAdapter.getHttpServer() as Server).closeAllConnections();
  }
}
