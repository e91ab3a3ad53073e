import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@countersign/telemetry';

/** Nest's own lines, in our form. What it says while it wires modules is for whoever asks for `debug`. */
export class NestLog implements LoggerService {
  constructor(private readonly out: Logger) {}

  log(message: unknown): void {
    this.out.debug(String(message), {});
  }

  warn(message: unknown): void {
    this.out.warn(String(message), {});
  }

  error(message: unknown): void {
    this.out.error(message instanceof Error ? message.message : String(message), {});
  }
}
