import type { OnModuleDestroy } from '@nestjs/common';

/** What is under way ends before the groups are left: a receiver that hangs is not waited for. */
export class WebhooksLife implements OnModuleDestroy {
  readonly #stop = new AbortController();

  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  onModuleDestroy(): void {
    this.#stop.abort();
  }
}
