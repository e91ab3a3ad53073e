/** Sleeps until somebody wakes it. A call between `clear` and `rest` is not lost. */
export class Wake {
  private awake = false;
  private resolve: (() => void) | undefined;

  readonly wake = (): void => {
    this.awake = true;
    this.resolve?.();
    this.resolve = undefined;
  };

  clear(): void {
    this.awake = false;
  }

  rest(): Promise<void> {
    if (this.awake) return Promise.resolve();
    return new Promise((resolve) => (this.resolve = resolve));
  }
}
