import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ReadModel, type ConfigFileView, type EffectView } from '@countersign/read-model';
import { ConfigFileParameters, EffectsParameters } from './parameters.js';

@Controller('v1')
export class EffectsController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  /** Actions by the id that an outside system gave to their effect, the newest first. */
  @Get('effects')
  async effects(@Query() { outsideId }: EffectsParameters): Promise<{ readonly effects: readonly EffectView[] }> {
    return { effects: await this.model.effects(outsideId) };
  }

  /** A file of the configuration that something was pinned to, in force or not. */
  @Get('config-files/:kind/:hash')
  file(@Param() { kind, hash }: ConfigFileParameters): Promise<ConfigFileView> {
    return this.model.configFile(kind, hash);
  }
}
