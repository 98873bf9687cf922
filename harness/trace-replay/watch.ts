import type { Claim } from "../../model/claim.ts";
import type { Machine } from "../../model/machine.ts";
import type { DirtyPages, Moments } from "../../model/moments.ts";
import type { MicroStep } from "../../model/program.ts";
import { Judge } from "../judge.ts";
import { EVENT_NAMES, type TraceEvent } from "../trace/event.ts";
import type { EventText } from "../trace/parser.ts";
import type { ReplayClaims } from "./options.ts";
import type { TraceViolation, ViolatingEvent } from "./result.ts";

/** Claims about the structures alone: no frame in two places, no list changed without its lock, nobody stuck. */
const STRUCTURAL = ["S17", "S23", "DEADLOCK"];

/**
 * Holds the claims against every step of a replay. A claim is reported once, at its first violation, and the run goes on; a
 * violation after which the structures mean nothing stops it.
 */
export class Watch {
  readonly judge: Judge;
  readonly violations: TraceViolation[] = [];
  stopped = false;
  during: TraceViolation["during"] = "call";
  microSteps = 0;
  private seen = 0;
  private event: Readonly<TraceEvent> | undefined;
  private text: EventText | undefined;
  private readonly dirty: DirtyPages;
  private readonly moments: Moments;

  constructor(
    private readonly machine: Machine,
    claims: ReplayClaims = "all",
  ) {
    this.dirty = machine.k.dirty;
    this.moments = machine.k.moments;
    this.judge = new Judge(machine, "run", claims === "all" ? undefined : isStructural);
    this.judge.load();
  }

  /** The event being replayed from here on; both are the parser's own and are read only when something is violated. */
  at(event: Readonly<TraceEvent>, text: EventText): void {
    this.event = event;
    this.text = text;
  }

  /** Judges the step just taken; none for the beginning of a call, a thread or an interrupt. */
  step(step: MicroStep | undefined): void {
    // Taking a lock or sending an IPI touches no page and is no moment of any claim.
    if (this.dirty.count === 0 && this.moments.count === 0) return;
    const violated = this.judge.afterStep();
    if ((violated & ~this.seen) !== 0) this.report(violated & ~this.seen, this.nameOf(step));
    this.judge.commit();
  }

  /** Judges a state in which nothing can move by itself. */
  standstill(): void {
    const violated = this.judge.atStandstill() & ~this.seen;
    if (violated !== 0) this.report(violated, "");
  }

  private report(fresh: number, step: string): void {
    this.seen |= fresh;
    this.judge.claims.forEach((claim, bit) => {
      if (((fresh >>> bit) & 1) === 0) return;
      const witness = this.judge.witness(bit);
      const { during, microSteps: microStep } = this;
      this.violations.push({ claim: claim.id, witness, during, step, microStep, event: this.describe() });
    });
    if ((fresh & this.judge.terminalMask) !== 0) this.stopped = true;
  }

  private describe(): ViolatingEvent {
    const { event, text } = this;
    if (event === undefined) return { line: 0, kind: "other", comm: "", pid: -1, cpu: -1, micros: -1, detail: "" };
    return {
      line: event.line,
      kind: EVENT_NAMES[event.kind] ?? "other",
      comm: text?.comm() ?? "",
      pid: event.pid,
      cpu: event.cpu,
      micros: event.micros,
      detail: text?.detail() ?? "",
    };
  }

  private nameOf(step: MicroStep | undefined): string {
    if (step === undefined) return "";
    const program = this.machine.software.programs.find((candidate) => candidate.steps.includes(step));
    return `${program?.name ?? "?"}/${step.label}`;
  }
}

function isStructural(claim: Claim): boolean {
  return STRUCTURAL.includes(claim.id);
}
