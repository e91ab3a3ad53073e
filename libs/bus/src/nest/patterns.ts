import { EventPattern } from '@nestjs/microservices';
import type { EventType, Topic } from '@countersign/contracts';

/** Pattern of a relay's handler that takes the batches of every topic. */
export const ANY_TOPIC = '*';

/** As typed by Nest 12, `EventPattern` refuses methods that take a context. */
const eventPattern: (patterns: readonly string[]) => MethodDecorator = EventPattern;

/** `@EventPattern` for types of the catalogue: a misspelt one does not compile. */
export const OnEvent = (...types: readonly EventType[]): MethodDecorator => eventPattern(types);

/** `@EventPattern` for the batches of a topic of the flow (of each tenant, where it is one per tenant), or of all of them. */
export const OnBatch = (topic: Topic | typeof ANY_TOPIC): MethodDecorator => eventPattern([topic]);
