import type { Bound } from "../../model/column.ts";
import { InputError } from "../../model/failure.ts";
import type { Kernel } from "../../model/kernel.ts";
import { kernelColumns } from "../../model/kernel-columns.ts";
import type { Machine } from "../../model/machine.ts";
import type { Program } from "../../model/program.ts";
import { bootMachine, entryPoint } from "./boot-machine.ts";
import { seededChooser } from "./chooser.ts";
import { ClaimWatch } from "./claim-watch.ts";
import { type Answer, Driver } from "./driver.ts";
import { GfpTable } from "./gfp-table.ts";
import { type BootOptions, designOf } from "./options.ts";
import { type CallSite, levelOfSite } from "./refusals.ts";

/** What a call came to, beside its answer. */
export interface CallOutcome extends Answer {
  readonly oomAsked: boolean;
  readonly stuck: boolean;
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

  constructor(private readonly options: BootOptions) {
    this.table = new GfpTable(designOf(options), options.kernel ?? "6.12");
    this.machine = bootMachine(options, this.table);
    this.k = this.machine.k;
    this.cpu = this.machine.state.of(kernelColumns);
    this.watch = new ClaimWatch(this.machine, options.claims !== "none");
    const choose = options.seed === undefined ? undefined : seededChooser(options.seed);
    this.driver = new Driver(this.machine, this.watch, choose);
    this.k.tracepoints = { oom: () => this.noteOom() };
  }

  /** Index of the request for a flag word. */
  request(gfp: number): number {
    return this.table.of(gfp);
  }

  /** Runs an entry point, by its name in the kernel or as a program, in the context told. */
  call(site: CallSite, entry: string | Program, [request, second, third]: CallArguments): CallOutcome {
    const program = typeof entry === "string" ? entryPoint(this.machine, entry) : entry;
    return this.within(site, program.name, (level) =>
      this.driver.call(site.cpu, level, program, 0, request, second, third),
    );
  }

  /** Frees a block that its owner gives back. */
  free(site: CallSite, pfn: number): CallOutcome {
    return this.within(site, `free_pages(pfn ${pfn})`, (level) => this.driver.free(site.cpu, level, pfn));
  }

  runWorkers(): number {
    this.refuseIfStuck();
    this.watch.call = "kernel threads";
    return this.driver.runWorkers();
  }

  private within(site: CallSite, name: string, run: (level: number) => Answer): CallOutcome {
    this.refuseIfStuck();
    const level = levelOfSite(this.k, site);
    const { irqsOff } = this.cpu;
    this.watch.call = name;
    this.oomAsked = false;
    if (site.irqsOff === true) irqsOff.set(site.cpu, 1);
    const answer = run(level);
    if (site.irqsOff === true) irqsOff.set(site.cpu, 0);
    const outcome = { ...answer, oomAsked: this.oomAsked, stuck: this.k.depth(site.cpu, level) > 0 };
    if (this.options.workers !== "manual" && !this.watch.stopped) this.runWorkers();
    return outcome;
  }

  private refuseIfStuck(): void {
    if (!this.watch.stopped) return;
    throw new InputError(
      "KERNEL-STUCK",
      "this kernel takes no more calls: its structures mean nothing any more, or a call cannot end",
      "violations() says what failed; boot another kernel",
    );
  }

  private noteOom(): void {
    this.oomAsked = true;
  }
}
