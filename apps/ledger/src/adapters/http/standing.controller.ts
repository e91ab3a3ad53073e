import { Controller, Get, Inject, Query } from '@nestjs/common';
import { systemClock, timestamp } from '@countersign/kernel';
import { ReadModel, type StandingView } from '@countersign/read-model';
import { StandingParameters } from './parameters.js';

@Controller('v1/standing')
export class StandingController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  /** Delegations, absences and consents that count now or later, the next to end first. */
  @Get()
  async list(@Query() { tenant, limit }: StandingParameters): Promise<{ readonly standing: readonly StandingView[] }> {
    return { standing: await this.model.listStanding({ ...(tenant !== undefined && { tenant }), after: timestamp(systemClock.now()), limit }) };
  }
}
