import type { CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';

interface Line<Open> {
  readonly opened: Promise<Open>;
  readonly over: Promise<unknown>;
  close(): void;
}

/** A connection to Kafka that is kept for as long as it works, and made anew for whoever needs it after that. */
export class Link<Open> {
  private line: Line<Open> | undefined;

  /** `open` makes of a connection what is worked with, and `close` ends that. */
  constructor(
    private readonly context: CommandContext,
    private readonly open: (kafka: Kafka) => Promise<Open>,
    private readonly end: (open: Open) => Promise<void>,
  ) {}

  /** Works with what there is. Where that fails as a whole, such as when the stack was stopped, the next one gets a new connection. */
  async with<Result>(work: (open: Open) => Promise<Result>, isBroken: (fault: unknown) => boolean): Promise<Result> {
    const line = (this.line ??= this.connect());
    try {
      return await work(await line.opened);
    } catch (fault) {
      if (isBroken(fault) && this.line === line) await this.close();
      throw fault;
    }
  }

  async close(): Promise<void> {
    const { line } = this;
    this.line = undefined;
    line?.close();
    await line?.over;
  }

  private connect(): Line<Open> {
    const opened = Promise.withResolvers<Open>();
    const closing = Promise.withResolvers<void>();
    const work = withKafka(this.context, async (kafka) => {
      const open = await this.open(kafka);
      opened.resolve(open);
      await closing.promise;
      await this.end(open);
    });
    const over = work.then(
      () => undefined,
      (fault: unknown) => opened.reject(fault),
    );
    // Told to whoever asks.
    opened.promise.catch(() => undefined);
    return { opened: opened.promise, over, close: () => closing.resolve() };
  }
}
