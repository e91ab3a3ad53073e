import { Catch, Controller, Module, UseFilters, UseInterceptors, ValidationPipe, type ArgumentsHost, type CallHandler, type ExecutionContext, type INestMicroservice, type NestInterceptor, type RpcExceptionFilter, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import { map, of, throwError, type Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { CountersignError, type Instant } from '@countersign/kernel';
import { silentLog, type BusLog } from '../bus-log.js';
import type { Moment, Outgoing, Received } from '../step.js';
import { CountersignTransport, type EventRoute } from './countersign-transport.js';
import { EventExceptionFilter } from './event-exception.filter.js';
import { received } from './received.fixture.js';
import { OnEvent } from './patterns.js';
import { StepContext } from './step-context.js';

interface Count {
  readonly seen: number;
}

const MOMENT: Moment<string> = { now: 1_700_000_000_000 as Instant, partition: 2, controls: 'controls', controlEpoch: 7 };

/** An event that says what the handler got; the bus would refuse it, the transport does not look inside. */
const saying = (text: string): Outgoing => ({ type: 'countersign.decision.lapsed', data: { text } }) as unknown as Outgoing;
const said = (outgoing: readonly Outgoing[]): string[] => outgoing.map(({ data }) => (data as unknown as { text: string }).text);

class Doubling implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((outgoing: readonly Outgoing[]) => [...outgoing, ...outgoing]));
  }
}

class Amount {
  @IsInt() amount!: number;
}

@Catch(RangeError)
class OutOfRange implements RpcExceptionFilter {
  catch(fault: RangeError, host: ArgumentsHost): Observable<readonly Outgoing[]> {
    return of([saying(`${fault.message} in ${host.switchToRpc().getData<Received>().topic}`)]);
  }
}

@Controller()
class Proposals {
  readonly offsets: number[] = [];

  @OnEvent('countersign.action.proposed')
  proposed(@Payload() { event, offset }: Received, @Ctx() { state, moment }: StepContext<Count, string>): readonly Outgoing[] {
    return [saying(`${event.type} ${offset} ${state.seen} ${moment.partition} ${moment.controlEpoch}`)];
  }

  @EventPattern('countersign.run.started')
  started(@Payload() { offset }: Received): void {
    this.offsets.push(offset);
  }

  @EventPattern('countersign.run.closed')
  async closed(@Payload() { key }: Received): Promise<readonly Outgoing[]> {
    return Promise.resolve([saying(`${key} later`)]);
  }

  @EventPattern('countersign.step.observed')
  observed(@Payload() { key }: Received): Observable<readonly Outgoing[]> {
    return of([saying('first')], [saying(`${key} last`)]);
  }

  @EventPattern('countersign.action.succeeded')
  @UseInterceptors(Doubling)
  succeeded(@Payload() { key }: Received): readonly Outgoing[] {
    return [saying(key)];
  }

  @EventPattern('countersign.action.failed')
  failed(@Payload() { offset }: Received): readonly Outgoing[] {
    throw new CountersignError('BLOB_MISSING', `no blob for ${offset}`);
  }

  @EventPattern('countersign.action.unknown')
  @UseFilters(OutOfRange)
  unknown(@Payload() { offset }: Received): readonly Outgoing[] {
    throw new RangeError(`${offset} is too far`);
  }

  @EventPattern('countersign.action.verified')
  verified(@Payload() { key }: Received): unknown {
    return key;
  }

  @EventPattern('countersign.action.diverged')
  diverged(@Payload() { key }: Received): Observable<readonly Outgoing[]> {
    return throwError(() => new TypeError(`${key} is not a function`));
  }

  @EventPattern('countersign.grant.refused')
  refused(@Payload() { key }: Received): readonly Outgoing[] {
    throw new RpcException({ code: 'NOT_FOUND', message: `no such grant in ${key}` });
  }

  @EventPattern('countersign.approval.granted')
  granted(@Payload('event', new ValidationPipe({ exceptionFactory: () => new CountersignError('EVENT_INVALID', '`amount` is no integer') })) { amount }: Amount): readonly Outgoing[] {
    return [saying(String(amount))];
  }
}

interface World {
  readonly app: INestMicroservice;
  readonly handled: ReadonlySet<string>;
  readonly told: readonly string[];
  readonly crashes: readonly unknown[];
  readonly handle: (type: string) => Promise<readonly Outgoing[]>;
  readonly crash: (fault: unknown) => void;
  readonly stopped: () => number;
}

@Module({})
class App {
  readonly name = 'the app of a test';
}

describe('the transport of an owner', () => {
  const running: INestMicroservice[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });

  const start = async (controller: Type, { filter = true }: { readonly filter?: boolean } = {}): Promise<World> => {
    const told: string[] = [];
    const log: BusLog = {
      ...silentLog, info: (message, { types }) => void told.push(`${message} ${String(types)}`), error: (message) => void told.push(message) };
    const crashes: unknown[] = [];
    let stops = 0;
    let route: EventRoute<Count, string> | undefined;
    let handled: ReadonlySet<string> = new Set();
    let crash: ((fault: unknown) => void) | undefined;
    const transport = new CountersignTransport<Count, string>({
      service: 'policy',
      log,
      onCrash: (fault) => void crashes.push(fault),
      create: (handle, handles, onFatal) => {
        route = handle;
        handled = handles;
        crash = onFatal;
        return { start: () => Promise.resolve(), stop: () => Promise.resolve(void (stops += 1)) };
      },
    });
    const app = await NestFactory.createMicroservice({ module: App, controllers: [controller] }, { strategy: transport, logger: false });
    running.push(app);
    if (filter) app.useGlobalFilters(new EventExceptionFilter());
    await app.listen();
    const handle = (type: string): Promise<readonly Outgoing[]> => Promise.resolve(route?.(received(type), { seen: 3 }, MOMENT) ?? []);
    return { app, handle, handled, told, crashes, crash: (fault: unknown) => crash?.(fault), stopped: () => stops };
  };

  it('hands the event and the state of its partition to the handler of its type', async () => {
    const { handle } = await start(Proposals);
    expect(said(await handle('countersign.action.proposed'))).toEqual(['countersign.action.proposed 42 3 2 7']);
  });

  it('takes nothing, a promise or the last value of an observable as an answer', async () => {
    const { handle } = await start(Proposals);
    expect(await handle('countersign.run.started')).toEqual([]);
    expect(said(await handle('countersign.run.closed'))).toEqual(['acme/refunds later']);
    expect(said(await handle('countersign.step.observed'))).toEqual(['acme/refunds last']);
  });

  it('writes nothing for an event that nobody handles, and says at the start which these are', async () => {
    const { handle, handled, told } = await start(Proposals);
    expect(await handle('countersign.approval.rejected')).toEqual([]);
    expect([handled.has('countersign.action.proposed'), handled.has('countersign.approval.rejected')]).toEqual([true, false]);
    expect(told.filter((line) => line.startsWith('these events are read and not handled'))).toHaveLength(1);
    expect(told.join()).toContain('countersign.approval.rejected');
    expect(told.join()).not.toContain('countersign.action.proposed');
  });

  it('keeps interceptors, and filters that make something of a fault', async () => {
    const { handle } = await start(Proposals);
    expect(said(await handle('countersign.action.succeeded'))).toEqual(['acme/refunds', 'acme/refunds']);
    expect(said(await handle('countersign.action.unknown'))).toEqual(['42 is too far in proposals']);
  });

  it('fails with the fault of the handler, thrown or in an observable', async () => {
    const { handle } = await start(Proposals);
    await expect(handle('countersign.action.failed')).rejects.toMatchObject({ code: 'BLOB_MISSING', message: 'no blob for 42' });
    await expect(handle('countersign.action.diverged')).rejects.toBeInstanceOf(TypeError);
    await expect(handle('countersign.grant.refused')).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'no such grant in acme/refunds' });
  });

  it('fails with the code that a validation pipe was told to give', async () => {
    const { handle } = await start(Proposals);
    await expect(handle('countersign.approval.granted')).rejects.toMatchObject({ code: 'EVENT_INVALID', message: '`amount` is no integer' });
  });

  it('fails with a code also where Nest made an object of the fault', async () => {
    const { handle } = await start(Proposals, { filter: false });
    await expect(handle('countersign.action.failed')).rejects.toMatchObject({ code: 'HANDLER_FAILED', message: 'Internal server error' });
    await expect(handle('countersign.grant.refused')).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'no such grant in acme/refunds' });
  });

  it('refuses an answer that is no list of events', async () => {
    const { handle } = await start(Proposals);
    await expect(handle('countersign.action.verified')).rejects.toMatchObject({ code: 'HANDLER_FAILED' });
  });

  it('refuses to start with a handler for something the service never reads, with two for one type, or with one that answers', async () => {
    @Controller()
    class Misspelt {
      @EventPattern('countersign.action.propsed')
      handle(@Payload() { offset }: Received): void {
        expect(offset).toBe(42);
      }
    }
    @Controller()
    class Twice {
      @EventPattern('countersign.action.proposed')
      one(@Payload() { offset }: Received): void {
        expect(offset).toBe(42);
      }
      @EventPattern('countersign.action.proposed')
      two(@Payload() { offset }: Received): void {
        expect(offset).toBe(42);
      }
    }
    @Controller()
    class Answering {
      @MessagePattern('countersign.action.proposed')
      handle(@Payload() { offset }: Received): void {
        expect(offset).toBe(42);
      }
    }
    await expect(start(Misspelt)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(start(Twice)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(start(Answering)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('stops the runtime when Nest closes, once', async () => {
    const { app, stopped } = await start(Proposals);
    await app.close();
    await app.close();
    expect(stopped()).toBe(1);
  });

  it('tells of a crash once', async () => {
    const { crash, crashes, told } = await start(Proposals);
    const fault = new CountersignError('LOG_TRUNCATED', 'gone');
    crash(fault);
    crash(new Error('and again'));
    expect(crashes).toEqual([fault]);
    expect(told.filter((line) => line === 'the consumer stopped for good')).toHaveLength(1);
  });
});
