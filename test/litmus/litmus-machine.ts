import { assert } from "../../model/failure.ts";
import type { HardwareRules } from "../../model/paging/hardware-rules.ts";
import type { Instruction } from "../../model/paging/instruction.ts";
import type { HardwareAction, PagingMachine } from "../../model/paging/paging-machine.ts";
import { FAULT, type Litmus, type Program, type Step, type Variant } from "./litmus.ts";
import { BuiltWorld } from "./litmus-world.ts";

/** What may happen next. `way` is the choice of an access among the ways it can go. */
export type LitmusAction =
  | { readonly kind: "hardware"; readonly action: HardwareAction }
  | { readonly kind: "step"; readonly cpu: number; readonly way: number }
  | { readonly kind: "irq"; readonly cpu: number }
  | { readonly kind: "nmi"; readonly cpu: number };

/** Cells of a CPU's control word: positions are index + 1 within a handler, 0 outside. */
const MAIN = 0;
const IRQ = 1;
const NMI = 2;
const STATUS = 3;
const CELLS = 4;
const IRQS_OFF = 1;
const PENDING = 2;
const NMI_SEEN = 4;

/**
 * A variant of a litmus file as a transition system: the explicit hardware and one control word for each CPU.
 *
 * An IPI is a pending bit that its target takes while interrupts are on and no handler runs; interrupts are off in the
 * handler, and the IRET at its end serialises. An NMI may strike once between any two steps. Steps that touch registers
 * alone are taken together with the step before them, since nobody can look in between.
 */
export class LitmusMachine {
  readonly words: number;
  private readonly world: BuiltWorld;
  private readonly hardware: PagingMachine;
  private readonly control: Uint8Array;
  private readonly registers: Uint8Array;
  private readonly software: Uint32Array;
  private readonly names: readonly string[];

  constructor(
    private readonly litmus: Litmus,
    private readonly variant: Variant,
    change: Partial<HardwareRules> = {},
  ) {
    this.world = new BuiltWorld(litmus, variant, change);
    this.hardware = this.world.machine;
    const cpus = litmus.world.loaded.length;
    this.names = [...litmus.world.registers, ...(litmus.world.scratch ?? [])];
    this.software = new Uint32Array(cpus + Math.ceil(this.names.length / 4));
    this.control = new Uint8Array(this.software.buffer, 0, CELLS * cpus);
    this.registers = new Uint8Array(this.software.buffer, 4 * cpus);
    this.words = this.hardware.words.length + this.software.length;
    for (const cpu of litmus.world.irqsOff ?? []) this.setStatus(cpu, IRQS_OFF, true);
    for (let cpu = 0; cpu < cpus; cpu++) this.settle(cpu);
  }

  save(out: Uint32Array): void {
    out.set(this.hardware.words);
    out.set(this.software, this.hardware.words.length);
  }

  restore(source: Uint32Array): void {
    this.hardware.restore(source.subarray(0, this.hardware.words.length));
    this.software.set(source.subarray(this.hardware.words.length));
  }

  /** The values of all registers once every program has come to its end, or `undefined` if H10 was broken on the way. */
  outcome(): string | undefined {
    if (this.hardware.undefined) return "undefined";
    const running = this.litmus.world.loaded.some((_, cpu) => this.current(cpu) !== undefined);
    return running ? undefined : this.observed();
  }

  /** What an outcome would be made of now. */
  observed(): string {
    if (this.hardware.undefined) return "undefined";
    return this.litmus.world.registers.map((name, at) => `${name}=${valueName(this.registers[at] ?? 0)}`).join(" ");
  }

  actions(): LitmusAction[] {
    const cpus = this.litmus.world.loaded.map((_, cpu) => cpu);
    return [
      ...cpus.flatMap((cpu) => this.cpuActions(cpu)),
      ...this.hardware.actions().map((action) => ({ kind: "hardware", action }) as const),
    ];
  }

  perform(action: LitmusAction): void {
    switch (action.kind) {
      case "hardware":
        this.hardware.perform(action.action);
        break;
      case "irq":
        this.setStatus(action.cpu, PENDING, false);
        this.setCell(action.cpu, IRQ, 1);
        this.settle(action.cpu);
        break;
      case "nmi":
        this.setStatus(action.cpu, NMI_SEEN, true);
        this.setCell(action.cpu, NMI, 1);
        this.settle(action.cpu);
        break;
      case "step":
        this.step(action.cpu, action.way);
        this.settle(action.cpu);
    }
  }

  name(action: LitmusAction): string {
    if (action.kind === "hardware") return JSON.stringify(action.action);
    if (action.kind !== "step") return `cpu${action.cpu}: takes the ${action.kind}`;
    return `cpu${action.cpu}: ${JSON.stringify(this.current(action.cpu) ?? "iret")} (${action.way})`;
  }

  private cpuActions(cpu: number): LitmusAction[] {
    const step = this.current(cpu);
    const ways = step === undefined ? 0 : this.ways(cpu, step);
    const steps = Array.from({ length: ways }, (_, way) => ({ kind: "step", cpu, way }) as const);
    const inHandler = this.cell(cpu, IRQ) > 0 || this.cell(cpu, NMI) > 0;
    const irq = !inHandler && this.status(cpu, PENDING) && !this.status(cpu, IRQS_OFF);
    const nmi = this.variant.nmis?.[cpu] !== undefined && !this.status(cpu, NMI_SEEN) && this.mainRunning(cpu);
    return [...steps, ...(irq ? [{ kind: "irq", cpu } as const] : []), ...(nmi ? [{ kind: "nmi", cpu } as const] : [])];
  }

  /** The step a CPU is at; `iret` at the end of a handler, nothing at the end of the program. */
  private current(cpu: number): Step | "iret" | undefined {
    const level = this.level(cpu);
    const at = this.cell(cpu, level) - (level === MAIN ? 0 : 1);
    const step = this.program(cpu, level)[at];
    return step ?? (level === MAIN ? undefined : "iret");
  }

  private ways(cpu: number, step: Step | "iret"): number {
    if (step === "iret") return this.hardware.blocked(cpu, SERIALISE) ? 0 : 1;
    switch (step.op) {
      case "access":
        return this.hardware.accesses(cpu, step.page, step.kind).length;
      case "await":
        return this.hardware.load(cpu, this.world.address(step.place)).low === step.value ? 1 : 0;
      default: {
        const instruction = this.instruction(step);
        return instruction !== undefined && this.hardware.blocked(cpu, instruction) ? 0 : 1;
      }
    }
  }

  private step(cpu: number, way: number): void {
    const step = this.current(cpu);
    assert(step !== undefined, "a CPU that steps has a step to take");
    if (step === "iret") {
      this.setCell(cpu, this.level(cpu), 0);
      return;
    }
    this.advance(cpu, 1);
    const instruction = this.instruction(step);
    if (instruction !== undefined) this.hardware.execute(cpu, instruction);
    if (step.op === "send") this.setStatus(step.to, PENDING, true);
    else if (step.op === "irqs") this.setStatus(cpu, IRQS_OFF, !step.on);
    else if (step.op === "load")
      this.setRegister(step.register, this.hardware.load(cpu, this.world.address(step.from)).low);
    else if (step.op === "access") this.access(cpu, step, way);
  }

  private access(cpu: number, step: Extract<Step, { op: "access" }>, way: number): void {
    const access = this.hardware.accesses(cpu, step.page, step.kind)[way];
    assert(access !== undefined, "an access goes one of its ways");
    this.hardware.access(cpu, step.page, access);
    const value =
      access.kind === "fault" ? FAULT : this.hardware.load(cpu, this.hardware.addressOf(access.frame, 0)).low;
    this.setRegister(step.register, value);
  }

  /** Takes the register-only steps that come next. */
  private settle(cpu: number): void {
    for (;;) {
      const step = this.current(cpu);
      if (step === undefined || step === "iret" || step.op !== "skip") return;
      this.advance(cpu, this.register(step.register) === step.is ? step.over + 1 : 1);
    }
  }

  private instruction(step: Step): Instruction | undefined {
    switch (step.op) {
      case "store":
      case "store-nontemporal":
      case "store-locked":
        return { op: step.op, address: this.world.address(step.to), word: this.world.word(step) };
      case "run":
        return step.instruction;
      case "cr3": {
        const noflush = step.noflush && (step.unless === undefined || this.register(step.unless) === 0);
        return { op: "write-cr3", root: this.world.root(step.space), pcid: this.world.pcid(step.space), noflush };
      }
      case "send":
        return { op: "write-icr" };
      default:
        return undefined;
    }
  }

  private level(cpu: number): number {
    if (this.cell(cpu, NMI) > 0) return NMI;
    return this.cell(cpu, IRQ) > 0 ? IRQ : MAIN;
  }

  private program(cpu: number, level: number): Program {
    const { programs, handlers, nmis } = this.variant;
    return (level === MAIN ? programs : level === IRQ ? handlers : nmis)?.[cpu] ?? [];
  }

  private mainRunning(cpu: number): boolean {
    return this.program(cpu, MAIN)[this.cell(cpu, MAIN)] !== undefined;
  }

  private advance(cpu: number, by: number): void {
    const level = this.level(cpu);
    this.setCell(cpu, level, this.cell(cpu, level) + by);
  }

  private cell(cpu: number, cell: number): number {
    return this.control[CELLS * cpu + cell] ?? 0;
  }

  private setCell(cpu: number, cell: number, value: number): void {
    this.control[CELLS * cpu + cell] = value;
  }

  private status(cpu: number, bit: number): boolean {
    return (this.cell(cpu, STATUS) & bit) !== 0;
  }

  private setStatus(cpu: number, bit: number, on: boolean): void {
    const status = this.cell(cpu, STATUS);
    this.setCell(cpu, STATUS, on ? status | bit : status & ~bit);
  }

  private register(name: string): number {
    return this.registers[this.names.indexOf(name)] ?? 0;
  }

  private setRegister(name: string, value: number): void {
    const at = this.names.indexOf(name);
    assert(at >= 0, `the litmus file has a register ${name}`);
    this.registers[at] = value;
  }
}

const SERIALISE: Instruction = { op: "invlpg", page: 0 };

export function valueName(value: number): string {
  return value === FAULT ? "fault" : String(value);
}
