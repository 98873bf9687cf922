import type { Bound, Recorder } from "../../model/column.ts";
import { InputError } from "../../model/failure.ts";
import type { Kernel } from "../../model/kernel.ts";
import { kernelColumns } from "../../model/kernel-columns.ts";
import type { Machine } from "../../model/machine.ts";
import type { Program } from "../../model/program.ts";
import { bootMachine, entryPoint } from "./boot-machine.ts";
import { seededChooser } from "./chooser.ts";
import { ClaimWatch } from "./claim-watch.ts";
import { Driver } from "./driver.ts";
import { GfpTable } from "./gfp-table.ts";
import { type BootOptions, designOf } from "./options.ts";
import { type CallSite, checkCpu, levelOfSite } from "./refusals.ts";
import { type ConcurrentCall, Together } from "./together.ts";

/** What a call came to. `value` is what it returned, less one: a page's pfn, -1 for nothing. */
export interface CallOutcome {
  readonly value: number;
  /** Blocks that a bulk call handed out. */
  readonly handedOut: readonly number[];
  /** Label of the step it ended with. */
  readonly lastStep: string;
  readonly oomAsked: boolean;
  readonly stuck: boolean;
}

/** Whoever wants to look over the kernel's shoulder; nothing that a probe does may reach the state. */
export interface Probes {
  /** Is told of every access to a column of state, from boot on; slow. */
  readonly recorder?: Recorder;
  /** Is called after every micro-step, while its changed pages and moments can still be read. */
  readonly step?: (machine: Machine) => void;
}

/** The three registers that an entry program is given, in its locals 1 to 3. */
export type CallArguments = readonly [request: number, second: number, third: number];

/**
 * The one way into a booted kernel: every call goes through here, is run to its end under the claims, and wakes threads.
 *
 * - **Errors**: `InputError` KERNEL-STUCK once the structures mean nothing or a call cannot end.
 */
export class CallGate {
  readonly machine: Machine;
  readonly k: Kernel;
  readonly watch: ClaimWatch;
  private readonly table: GfpTable;
  private readonly driver: Driver;
  private readonly cpu: Bound<typeof kernelColumns>;
  private oomAsked = false;

  constructor(
    private readonly options: BootOptions,
    probes: Probes = {},
  ) {
    this.table = new GfpTable(designOf(options), options.kernel ?? "6.12");
    this.machine = bootMachine(options, this.table, probes.recorder);
    this.k = this.machine.k;
    this.cpu = this.machine.state.of(kernelColumns);
    this.watch = new ClaimWatch(this.machine, options.claims !== "none");
    const choose = options.seed === undefined ? undefined : seededChooser(options.seed);
    this.driver = new Driver(this.machine, this.watch, choose, probes.step && (() => probes.step?.(this.machine)));
    this.k.tracepoints = { oom: () => this.noteOom() };
  }

  /** Index of the request for a flag word. */
  request(gfp: number): number {
    return this.table.of(gfp);
  }

  /** Runs an entry point, by its name in the kernel or as a program, in the context told. */
  call(site: CallSite, entry: string | Program, [request, second, third]: CallArguments): CallOutcome {
    const program = typeof entry === "string" ? entryPoint(this.machine, entry) : entry;
    const level = this.enter(site, program.name);
    this.driver.call(site.cpu, level, program, 0, request, second, third);
    return this.leave(site, level);
  }

  /** Frees a block that its owner gives back. */
  free(site: CallSite, pfn: number): CallOutcome {
    const level = this.enter(site, "free_pages");
    this.driver.free(site.cpu, level, pfn);
    return this.leave(site, level);
  }

  /** Gives blocks back as one batch, through the CPU's list of kind `bulk`. */
  release(site: CallSite, pfns: readonly number[]): CallOutcome {
    const { k, machine } = this;
    const level = this.enter(site, "release_pages");
    machine.clearStep();
    const list = k.listOf("bulk", site.cpu);
    for (const pfn of pfns) k.lists.addTail(list, pfn, k.ledger.takeBack(pfn));
    this.watch.after("the owner gives blocks back", "");
    this.driver.call(site.cpu, level, entryPoint(machine, "release_pages"), 0, 0, 0, 0);
    return this.leave(site, level);
  }

  /** Runs one call per CPU, their steps in an order drawn from the seed; answers the pfn of each, -1 for none. */
  together(calls: readonly ConcurrentCall[], seed: number): number[] {
    this.refuseIfStuck();
    for (const { cpu } of calls) checkCpu(this.k, cpu);
    if (new Set(calls.map(({ cpu }) => cpu)).size < calls.length) {
      throw new InputError("CPU-TWICE", "a CPU runs one call at a time; two were given for one");
    }
    this.watch.call = "calls that run together";
    const answers = new Together(this.machine, this.watch, seededChooser(seed)).run(calls);
    if (this.options.workers !== "manual" && !this.watch.stopped) this.runWorkers();
    return calls.map(({ cpu }) => answers[cpu] as number);
  }

  runWorkers(): number {
    this.refuseIfStuck();
    this.watch.call = "kernel threads";
    return this.driver.runWorkers();
  }

  private enter(site: CallSite, name: string): number {
    this.refuseIfStuck();
    const level = levelOfSite(this.k, site);
    this.watch.call = name;
    this.oomAsked = false;
    if (site.irqsOff === true) this.cpu.irqsOff.set(site.cpu, 1);
    return level;
  }

  private leave(site: CallSite, level: number): CallOutcome {
    const { value, handedOut, lastStep } = this.driver;
    if (site.irqsOff === true) this.cpu.irqsOff.set(site.cpu, 0);
    const stuck = this.k.depth(site.cpu, level) > 0;
    const outcome = { value, handedOut, lastStep, oomAsked: this.oomAsked, stuck };
    if (this.options.workers !== "manual" && !this.watch.stopped) this.runWorkers();
    return outcome;
  }

  private refuseIfStuck(): void {
    if (!this.watch.stopped) return;
    throw new InputError(
      "KERNEL-STUCK",
      `this kernel takes no more calls: ${this.watch.halt}`,
      "violations() says which claims failed; boot another kernel",
    );
  }

  private noteOom(): void {
    this.oomAsked = true;
  }
}
