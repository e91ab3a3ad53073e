import { setTimeout as sleep } from 'node:timers/promises';
import { millis } from '@countersign/kernel';

/** People notice nothing below it, and PostgreSQL is asked only while somebody waits. */
const LOOK_EVERY = millis(100);

/** Asks again until the answer is the one that is waited for or `wait` milliseconds have passed; gives the last answer. */
export const askUntil = async <Answer>(ask: () => Promise<Answer>, isIt: (answer: Answer) => boolean, wait: number): Promise<Answer> => {
  const end = performance.now() + wait;
  for (;;) {
    const answer = await ask();
    if (isIt(answer) || performance.now() >= end) return answer;
    await sleep(Math.min(LOOK_EVERY, Math.max(1, end - performance.now())));
  }
};
