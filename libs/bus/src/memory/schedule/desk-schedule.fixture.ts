import { millis, minutes, seconds } from '@countersign/kernel';
import { ACTS, hiccup, SERVICES } from './acts.fixture.js';
import { SESSION } from './bus-world.fixture.js';
import { judgeDesk, type DeskVerdict } from './desk-judge.fixture.js';
import { DeskWorld, type DeskTool } from './desk-world.fixture.js';
import { TOOL_FAULTS } from './faulty-tool.fixture.js';

const TASKS = 20;
/** Tasks and mischief come in this time. */
const TROUBLE = seconds(24);
/** Grants run out and are given anew, breakers pause, tools ask for minutes: far less than a run may take. */
const LONGEST = minutes(30);
const LOOK = seconds(15);
/** Whatever was held up on its way to the tool has arrived by then. */
const AFTERMATH = seconds(50);

export interface DeskOutcome extends DeskVerdict {
  readonly acts: readonly string[];
}

/** The tool fails all calls in one way for a time: as long as a process takes to start again, or longer than a breaker waits. */
const troubleTool = (world: DeskWorld): string => {
  const fault = world.pick(TOOL_FAULTS) ?? 'before';
  const span = millis(1_000 + world.random(40_000));
  world.tool.trouble = fault;
  world.time.after(span, () => (world.tool.trouble = undefined));
  return `for ${span} ms every call is ${fault}`;
};

const DESK_ACTS: readonly ((world: DeskWorld) => string)[] = [...ACTS, ...Array.from({ length: ACTS.length / 2 }, () => troubleTool)];

/** One schedule: tasks come, processes and the tool fail, peace returns, and the tool's record is held against the logs. */
export const playDesk = async (seed: number, tools?: readonly DeskTool[]): Promise<DeskOutcome> => {
  const world = new DeskWorld(seed, tools);
  const acts: string[] = [];
  for (const service of SERVICES) {
    world.start(service);
    if (world.random(2) === 0) world.start(service);
  }
  for (let task = 0; task < TASKS; task += 1) world.time.after(millis(world.random(TROUBLE)), () => world.submit(world.random(5) === 0));
  for (let troubles = world.random(12); troubles > 0; troubles -= 1) {
    const at = world.random(TROUBLE);
    const act = world.pick(DESK_ACTS) ?? hiccup;
    world.time.after(millis(at), () => acts.push(`${at}: ${act(world)}`));
  }
  await world.run(TROUBLE);
  world.chaos = () => undefined;
  world.onAnswer = () => undefined;
  for (const service of SERVICES) if (world.staying(service).length === 0) world.start(service);
  await world.run(millis(SESSION * 4));
  for (let waited = 0; waited < LONGEST && judgeDesk(world).faults.some((fault) => fault.includes('closed 0 times')); waited += LOOK) await world.run(LOOK);
  await world.run(AFTERMATH);
  const judged = judgeDesk(world);
  const faults = [...judged.faults, ...world.unsettled(judged.claimants), ...world.uncommitted(), ...world.deadLetters(), ...world.fatal.map((fault) => `fatal: ${String(fault)}`)];
  for (const { process } of world.processes) process.kill();
  return { ...judged, faults, acts };
};
