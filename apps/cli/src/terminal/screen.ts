import process from 'node:process';

/** The whole of a terminal, for as long as it is open. What stood there before comes back at the end, whatever the end is. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines and nothing else; what is as before is not written again. */
  draw(lines: readonly string[]): void;
  /** Hears of what is typed. Ctrl-C is a key like any other there. */
  onKey(listener: (key: string) => void): void;
  onResize(listener: () => void): void;
  close(): void;
}

export interface ScreenStreams {
  readonly stdin: Pick<NodeJS.ReadStream, 'setRawMode' | 'resume' | 'pause' | 'setEncoding' | 'on' | 'off' | 'isTTY'>;
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows' | 'on' | 'off'>;
}

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
/** A terminal that knows of it shows the frame once it is whole; others pass it over. */
const BEGIN_FRAME = `${ESC}?2026h`;
const END_FRAME = `${ESC}?2026l`;
const HOME = `${ESC}H`;
const REST_OF_LINE = `${ESC}K`;
const REST_OF_SCREEN = `${ESC}J`;

/** Of terminals that do not say. */
const USUAL = { columns: 80, rows: 24 };

/** Takes the terminal over. */
export const openScreen = ({ stdin, stdout }: ScreenStreams): Screen => {
  let shown: readonly string[] | undefined;
  let isOpen = true;
  const keys = new Set<(key: string) => void>();
  const resizes = new Set<() => void>();
  const onData = (data: string | Buffer): void => {
    for (const listener of keys) listener(String(data));
  };
  const onResize = (): void => {
    shown = undefined;
    for (const listener of resizes) listener();
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', close);
    process.off('uncaughtExceptionMonitor', close);
    stdin.off('data', onData);
    stdout.off('resize', onResize);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write(LEAVE);
  };
  // A fault that nobody catches is printed where it can be read afterwards.
  process.on('uncaughtExceptionMonitor', close);
  process.on('exit', close);
  stdin.setEncoding('utf8');
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onData);
  stdout.on('resize', onResize);
  stdout.write(ENTER);
  return {
    get columns() {
      return stdout.columns || USUAL.columns;
    },
    get rows() {
      return stdout.rows || USUAL.rows;
    },
    draw: (lines) => {
      if (!isOpen || (shown?.length === lines.length && shown.every((line, index) => line === lines[index]))) return;
      shown = lines;
      stdout.write(`${BEGIN_FRAME}${HOME}${lines.map((line) => `${line}${REST_OF_LINE}`).join('\r\n')}${REST_OF_SCREEN}${END_FRAME}`);
    },
    onKey: (listener) => void keys.add(listener),
    onResize: (listener) => void resizes.add(listener),
    close,
  };
};
