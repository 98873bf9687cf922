import { ACTION, actionCpu, actionKind } from "../../model/action.ts";
import type { MicroStep } from "../../model/program.ts";
import type { Arena } from "./arena.ts";

/**
 * Notes what a run reaches: dangers of claims, steps, and pairs of steps at which two CPUs stood at once. Names, so that threads
 * can compare them.
 */
export class Novelty {
  /** What this run reached that was not known. */
  readonly reached: string[] = [];
  private readonly met = new Set<number>();
  private dangers = 0;

  constructor(
    private readonly arena: Arena,
    private readonly known: ReadonlySet<string>,
    private readonly numbers: StepNumbers,
  ) {}

  /** Looks at what the action has led to; true when something is new. */
  note(action: number): boolean {
    const before = this.reached.length;
    this.noteDangers();
    const kind = actionKind(action);
    if (kind === ACTION.step || kind === ACTION.ipi) this.noteMeetings(actionCpu(action));
    return this.reached.length > before;
  }

  private noteDangers(): void {
    const { judge } = this.arena;
    const fresh = judge.reached & ~this.dangers;
    if (fresh === 0) return;
    this.dangers |= fresh;
    judge.claims.forEach(({ id }, bit) => {
      if (((fresh >>> bit) & 1) === 1) this.add(`REACH-${id}`);
    });
  }

  private noteMeetings(cpu: number): void {
    const { machine } = this.arena;
    const own = this.stepOf(cpu);
    if (own < 0) return;
    for (let other = 0; other < machine.world.cpus; other++) {
      const its = other === cpu ? own : this.stepOf(other);
      if (its < 0) continue;
      const key = own <= its ? own * STEPS_MAX + its : its * STEPS_MAX + own;
      if (this.met.has(key)) continue;
      this.met.add(key);
      const names = [this.numbers.name(own), this.numbers.name(its)].sort();
      this.add(other === cpu ? this.numbers.name(own) : names.join(" + "));
    }
  }

  /** The number of the step at which the CPU stands, of the innermost context; -1 when it is idle. */
  private stepOf(cpu: number): number {
    const { k, world } = this.arena.machine;
    for (let level = world.stacks.levels.length - 1; level >= 0; level--) {
      if (k.depth(cpu, level) === 0) continue;
      return this.numbers.of(k.stepAt(cpu, level), () => k.programAt(cpu, level).name);
    }
    return -1;
  }

  private add(name: string): void {
    if (!this.known.has(name)) this.reached.push(name);
  }
}

const STEPS_MAX = 4_096;

/** Numbers for steps, in the order in which they are met; used within one thread and never told. */
export class StepNumbers {
  private readonly numbers = new Map<MicroStep, number>();
  private readonly names: string[] = [];

  of(step: MicroStep, program: () => string): number {
    const known = this.numbers.get(step);
    if (known !== undefined) return known;
    this.numbers.set(step, this.names.length);
    this.names.push(`${program()}/${step.label}`);
    return this.names.length - 1;
  }

  name(number: number): string {
    return this.names[number] ?? "";
  }
}
