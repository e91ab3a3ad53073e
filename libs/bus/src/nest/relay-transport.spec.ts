import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { defer, of, type Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { CountersignError } from '@countersign/kernel';
import { silentLog } from '../bus-log.js';
import type { RelayBatch } from '../step.js';
import { EventExceptionFilter } from './event-exception.filter.js';
import { ANY_TOPIC, OnBatch } from './patterns.js';
import { received } from './received.fixture.js';
import { RelayTransport, type BatchRoute } from './relay-transport.js';

const batch = (topic: string): RelayBatch => ({ topic, partition: 0, from: 5, next: 7, reader: '', rejected: [], passedOver: [], received: [received('countersign.task.submitted')] });

const taken: string[] = [];

@Controller()
class Doors {
  @OnBatch('inbox')
  async inbox(@Payload() { topic, from, next }: RelayBatch): Promise<void> {
    await Promise.resolve();
    taken.push(`inbox ${topic} ${from}..${next}`);
  }

  @OnBatch(ANY_TOPIC)
  other(@Payload() { topic, received: events }: RelayBatch): Observable<unknown> {
    if (topic === 'decisions') throw new CountersignError('DATABASE_UNREACHABLE', 'no database', { retry: 'later' });
    return defer(() => of(taken.push(`other ${topic} ${events.length}`)));
  }
}

@Module({})
class App {
  readonly name = 'the app of a test';
}

describe('the transport of a relay', () => {
  const running: INestMicroservice[] = [];
  afterEach(async () => {
    taken.splice(0);
    await Promise.all(running.splice(0).map((app) => app.close()));
  });

  const start = async (controller: Type): Promise<BatchRoute> => {
    let route: BatchRoute = () => Promise.reject(new Error('not started'));
    const transport = new RelayTransport({
      service: 'ledger',
      log: silentLog,
      onCrash: () => undefined,
      create: (handle) => {
        route = handle;
        return { start: () => Promise.resolve(), stop: () => Promise.resolve() };
      },
    });
    const app = await NestFactory.createMicroservice({ module: App, controllers: [controller] }, { strategy: transport, logger: false });
    running.push(app);
    app.useGlobalFilters(new EventExceptionFilter());
    await app.listen();
    return route;
  };

  it('hands a batch to the handler of its topic, whosesoever tenant it is, and any other to the general one', async () => {
    const handle = await start(Doors);
    await handle(batch('inbox.acme'));
    await handle(batch('tasks'));
    expect(taken).toEqual(['inbox inbox.acme 5..7', 'other tasks 1']);
  });

  it('fails with the fault of the handler, so that nothing is committed', async () => {
    const handle = await start(Doors);
    await expect(handle(batch('decisions'))).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE', retry: 'later' });
  });

  it('refuses to start where nobody handles a topic that is read', async () => {
    @Controller()
    class OnlyTasks {
      @OnBatch('tasks')
      tasks(@Payload() { topic }: RelayBatch): void {
        taken.push(topic);
      }
    }
    await expect(start(OnlyTasks)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
