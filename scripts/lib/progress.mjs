/** A step that takes no longer is not worth a line. */
const QUIET_MS = 700;
/** On a terminal the line is drawn again this often. */
const REDRAW_MS = 100;
/** In a log, a long step says this often that it is still alive. */
const HEARTBEAT_MS = 15_000;
const FRAMES = ['-', '\\', '|', '/'];

/** @param {number} ms */
export const elapsed = (ms) => (ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`);

/**
 * Runs the work of one step and shows one line for it, with the time it took: redrawn on a terminal, plain in a log. None
 * stays when it was over at once, or had nothing to do, which it says by giving `false`.
 * @template Result
 * @param {string} title
 * @param {() => Promise<Result>} work
 * @param {{ isTTY?: boolean, write: (text: string) => unknown }} out
 * @returns {Promise<Result>}
 */
export const step = async (title, work, out = process.stderr) => {
  const start = performance.now();
  const passed = () => performance.now() - start;
  let frame = 0;
  const draw = () => {
    if (passed() < QUIET_MS) return;
    out.write(`\r\u001b[K${FRAMES[frame++ % FRAMES.length]} ${title}  ${elapsed(passed())}`);
  };
  const timer = out.isTTY ? setInterval(draw, REDRAW_MS) : setInterval(() => out.write(`  ${title} ... ${elapsed(passed())}\n`), HEARTBEAT_MS);
  const finish = (/** @type {string} */ mark, didWork = true) => {
    clearInterval(timer);
    if (out.isTTY) out.write('\r\u001b[K');
    if (mark !== 'ok' || (didWork && passed() >= QUIET_MS)) out.write(`${mark === 'ok' ? ' ' : mark} ${title}  ${elapsed(passed())}\n`);
  };
  try {
    const result = await work();
    finish('ok', result !== false);
    return result;
  } catch (fault) {
    finish('failed:');
    throw fault;
  }
};
