import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ReadModel, type EventView, type Position } from '@countersign/read-model';
import { EventsParameters, PositionsParameters } from './parameters.js';
import { askUntil } from './waiting.js';

interface PositionsAnswer {
  /** Whether the model is at every place of `atLeast`. */
  readonly caughtUp: boolean;
  readonly positions: readonly Omit<Position, 'reader'>[];
}

/** Whether the model has come to every place; a place is `<topic>/<partition>/<next offset>`. */
const isAt = (positions: readonly Position[], places: string | undefined): boolean =>
  (places?.split(',') ?? []).every((place) => {
    const [topic, partition, offset] = place.split('/');
    return positions.some((position) => position.topic === topic && position.partition === Number(partition) && position.nextOffset >= Number(offset));
  });

@Controller('v1')
export class LogController {
  constructor(@Inject(ReadModel) private readonly model: ReadModel) {}

  /** Events from a place on, and where to go on; waits for the first one if asked to. */
  @Get('events')
  async events(@Query() { wait, ...filter }: EventsParameters): Promise<{ readonly events: readonly EventView[]; readonly cursor: string; readonly end: boolean }> {
    const { items, ...rest } = await askUntil(
      () => this.model.events(filter),
      ({ items: found }) => found.length > 0,
      wait,
    );
    return { events: items, ...rest };
  }

  /** How far the model has come; waits until it is far enough if asked to. */
  @Get('positions')
  async positions(@Query() { atLeast, wait }: PositionsParameters): Promise<PositionsAnswer> {
    const found = await askUntil(
      () => this.model.positions(),
      (positions) => isAt(positions, atLeast),
      wait,
    );
    return { caughtUp: isAt(found, atLeast), positions: found.map(({ topic, partition, nextOffset }) => ({ topic, partition, nextOffset })) };
  }
}
