import type { Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { CountersignError } from '@countersign/kernel';
import { ApprovalsController } from './approvals.controller.js';
import { AttentionController } from './attention.controller.js';
import { BacklogController } from './backlog.controller.js';
import { EffectsController } from './effects.controller.js';
import { EscalationsController } from './escalations.controller.js';
import { ErrorFilter } from './error.filter.js';
import { FiguresController } from './figures.controller.js';
import { HealthController } from './health.controller.js';
import { HttpSurface } from './http-surface.js';
import { LogController } from './log.controller.js';
import { RunsController } from './runs.controller.js';
import { SignOffsController } from './sign-offs.controller.js';
import { StandingController } from './standing.controller.js';
import { TokenGuard } from './token.guard.js';
import { requestValidation } from './validation.js';

/** The questions that the read model answers, over HTTP. */
export const HTTP_CONTROLLERS = [RunsController, SignOffsController, ApprovalsController, EffectsController, EscalationsController, StandingController, BacklogController, AttentionController, FiguresController, LogController, HealthController];

export interface HttpOptions {
  /** What requests have to carry. */
  readonly token: string;
  /** Hears of answers with a status of 500 and above. */
  readonly onFault: (fault: CountersignError) => void;
}

/** What stands before and behind the controllers. */
export const httpProviders = ({ token, onFault }: HttpOptions): Provider[] => [
  HttpSurface,
  { provide: APP_GUARD, useFactory: () => new TokenGuard(token) },
  { provide: APP_PIPE, useFactory: requestValidation },
  { provide: APP_FILTER, useFactory: () => new ErrorFilter(onFault) },
];
