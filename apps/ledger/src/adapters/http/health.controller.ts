import { Controller, Get, Inject } from '@nestjs/common';
import { ReadModel } from '@countersign/read-model';
import { HEALTH_PATH } from './token.guard.js';

@Controller()
export class HealthController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  /** 200 where PostgreSQL answers, else 503. */
  @Get(HEALTH_PATH)
  async health(): Promise<{ readonly status: 'ok' }> {
    await this.model.check();
    return { status: 'ok' };
  }
}
