import type { MessageHandler } from '@nestjs/microservices';
import { CountersignError } from '@countersign/kernel';

/**
 * Handlers by pattern, as Nest found them. Throws `CONFIG_INVALID` for what would make the outcome of an event depend on chance:
 * two handlers for one pattern, an answer where there is nobody to answer, a pattern that nothing ever matches.
 */
export const handlerTable = (handlers: ReadonlyMap<string, MessageHandler>, isPattern: (pattern: string) => boolean): ReadonlyMap<string, MessageHandler> => {
  for (const [pattern, handler] of handlers) {
    if (!handler.isEventHandler) throw new CountersignError('CONFIG_INVALID', `\`${pattern}\` has a \`@MessagePattern\` handler, but there is nobody to answer; use \`@EventPattern\``);
    if (handler.next) throw new CountersignError('CONFIG_INVALID', `\`${pattern}\` has more than one handler`);
    if (!isPattern(pattern)) throw new CountersignError('CONFIG_INVALID', `\`${pattern}\` is handled, but it is nothing that this service reads`);
  }
  return new Map(handlers);
};
