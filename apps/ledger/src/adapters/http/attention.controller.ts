import { Controller, Get, Inject, Query } from '@nestjs/common';
import { systemClock } from '@countersign/kernel';
import { ReadModel, type Attention } from '@countersign/read-model';
import { ArchiveTroubles } from '../../archive/archive-troubles.js';
import { Directory } from '../../directory.js';
import { AttentionParameters } from './parameters.js';

@Controller('v1/attention')
export class AttentionController {
  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(Directory) private readonly directory: Directory,
    @Inject(ArchiveTroubles) private readonly troubles: ArchiveTroubles,
  ) {}

  /** What somebody on call has to know of now, and how far the model has come. */
  @Get()
  async show(@Query() { tenant }: AttentionParameters): Promise<Attention> {
    const attention = await this.model.attention({ ...(tenant !== undefined && { tenant }), now: systemClock.now() }, this.directory.voters());
    return { ...attention, archive: this.troubles.standing() };
  }
}
