/**
 * One choice of the scheduler or the environment, as a 32-bit number for the engine and as names for people.
 *
 * - **Shapes, units**: kind in the upper 4 bits, CPU in the next 4, argument in the lower 24 (a pfn, a menu index, an
 *   initiator, or level and choice of a step). `call` starts one of the scenario's named calls, `interrupt` brings a device
 *   interrupt (0) or an NMI (1), `store` lets the oldest entry of the CPU's store buffer reach memory.
 */
export const ACTION = {
  step: 0,
  ipi: 1,
  alloc: 2,
  free: 3,
  drain: 4,
  worker: 5,
  preempt: 6,
  enter: 7,
  exit: 8,
  fill: 9,
  evict: 10,
  irqAlloc: 11,
  irqFree: 12,
  call: 13,
  interrupt: 14,
  store: 15,
} as const;

export type ActionKind = keyof typeof ACTION;

const KINDS: readonly ActionKind[] = Object.keys(ACTION) as ActionKind[];

export function encodeAction(kind: number, cpu: number, arg: number): number {
  return ((kind << 28) | (cpu << 24) | arg) >>> 0;
}

export function actionKind(action: number): number {
  return action >>> 28;
}

export function actionCpu(action: number): number {
  return (action >>> 24) & 15;
}

export function actionArg(action: number): number {
  return action & 0xffffff;
}

export function kindName(action: number): ActionKind {
  const name = KINDS[actionKind(action)];
  if (name === undefined) throw new Error(`action ${action} has a known kind`);
  return name;
}

/** A step's argument: level above, choice below. */
export function stepArg(level: number, choice: number): number {
  return (level << 16) | choice;
}

export function stepLevel(action: number): number {
  return (action >>> 16) & 0xff;
}

export function stepChoice(action: number): number {
  return action & 0xffff;
}

/**
 * Classes of actions: *progress* is what a fair machine does by itself, *demand* is a new call, *environment* is what hardware
 * may do at any time. Deadlock is an unfinished state in which no progress action is enabled.
 */
export function isProgress(action: number): boolean {
  const kind = actionKind(action);
  return kind === ACTION.step || kind === ACTION.ipi || kind === ACTION.worker || kind === ACTION.store;
}

/** An action in words, as stored in counterexample files: names and values, no numbers that depend on a build. */
export interface NamedAction {
  readonly kind: ActionKind;
  readonly cpu: number;
  /** Of a step: the program and the step's label, the level it runs on, and the choice taken where there is one. */
  readonly program?: string;
  readonly step?: string;
  readonly level?: string;
  readonly choice?: number;
  /** Of a call: what was asked. */
  readonly request?: string;
  readonly order?: number;
  readonly pfn?: number;
  /** Of an IPI: who sent it; of a drain: whose lists; of a worker: its name. */
  readonly peer?: number;
  readonly worker?: string;
  /** Of a call from the scenario's list: its name and arguments; of an interrupt: `irq` or `nmi`. */
  readonly call?: string;
  readonly args?: readonly number[];
}
