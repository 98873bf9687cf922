import { machineForRun, type RunOrigin } from "../harness/machine-for-run.ts";
import { printRow } from "../model/diff.ts";
import { InputError } from "../model/failure.ts";
import type { Machine } from "../model/machine.ts";
import { printValue } from "../model/sorts.ts";
import { rowsOfSpaces, type TranslationRows, viewsOf } from "../model/spaces.ts";
import { TABLE_STORE } from "../model/store-buffer.ts";

/** What a row of the translations that CPUs may hold stands for. */
interface HeldRow {
  readonly pfn?: number;
  readonly block?: number;
  /** Set for an entry of a kernel area, or of the user part of an mm. */
  readonly area?: number;
  readonly user?: number;
}

/** A store that waits in a CPU's buffer, as the change that it will make. */
interface BufferedStore {
  readonly column: string;
  readonly where: string;
  readonly after: string;
}

/** A link that leads nowhere: the call is about nothing in particular. */
const NONE = "-";

/**
 * Names for the numbers of a run, in the words of the kernel: roots, PCIDs, labels, arguments.
 *
 * They come from the machine on which the run starts. A run whose design or scope nobody knows keeps its numbers.
 */
export class RunNames {
  readonly start: Machine | undefined;
  readonly views: number;
  readonly tags: number;
  readonly rows: TranslationRows | undefined;
  private readonly labels = new Map<string, string>();

  constructor(run: RunOrigin) {
    this.start = startOf(run);
    const world = this.start?.world;
    const { spaces } = world ?? {};
    this.views = spaces === undefined ? 1 : viewsOf(spaces);
    this.tags = spaces === undefined ? 1 : spaces.slots * this.views;
    this.rows =
      world === undefined || spaces === undefined
        ? undefined
        : rowsOfSpaces(spaces, world.pages, world.blocks, world.mms);
  }

  get mms(): number {
    return this.start?.world.mms ?? 0;
  }

  get cpus(): number {
    return this.start?.world.cpus ?? 0;
  }

  /** Entries of each CPU's store buffer. */
  get stores(): number {
    return this.start?.world.spaces?.stores ?? 0;
  }

  /** Zones' locks come first, then those of the per-CPU lists, then the design's own. */
  lock(index: number): string {
    const zones = this.start?.world.zones.length ?? 1;
    if (index < zones) return zones === 1 ? "zone->lock" : `zone ${index}->lock`;
    if (index < zones * (1 + this.cpus)) return `cpu${(index - zones) % this.cpus}'s pcp->lock`;
    return `lock ${index}`;
  }

  /** `mm1`, `init_mm`, or what the kernel puts there while it switches. */
  mm(index: number): string {
    if (index < this.mms || this.mms === 0) return `mm${index}`;
    return index === this.mms ? "init_mm" : "LOADED_MM_SWITCHING";
  }

  /** `mm1 restricted`. */
  root(root: number): string {
    return `${this.mm(Math.floor(root / this.views))} ${this.view(root % this.views)}`;
  }

  /** Of a class of restricted domains; 0 is the unrestricted view. */
  view(view: number): string {
    if (view === 0) return "unrestricted";
    return this.views === 2 ? "restricted" : `class ${view}`;
  }

  /** Entries under the PCID are what claims ask about: it shows the map that the design protects. */
  isProtected(tag: number): boolean {
    if (tag >= this.tags) return true;
    return tag % this.views > 0 !== (this.start?.world.protectedMap === "direct");
  }

  heldRow(row: number): HeldRow {
    const { rows } = this;
    const pages = this.start?.world.pages ?? 1;
    if (rows === undefined || row < rows.uppers) return { pfn: row };
    if (row < rows.vmaps) return { block: row - rows.uppers };
    if (row < rows.users) return { area: Math.floor((row - rows.vmaps) / pages), pfn: (row - rows.vmaps) % pages };
    return { user: Math.floor((row - rows.users) / pages), pfn: (row - rows.users) % pages };
  }

  /** Whether a pageblock of this label is sensitive, as the design reads it. */
  label(block: number, value: number): string {
    const key = `${block} ${value}`;
    const known = this.labels.get(key) ?? this.readLabel(block, value);
    this.labels.set(key, known);
    return known;
  }

  /** The kernel function that a step stands for. */
  imitates(program: string | undefined, label: string | undefined): string | undefined {
    const { programs } = this.start?.software ?? { programs: [] };
    const steps = programs.find(({ name }) => name === program)?.steps;
    return steps?.find((step) => step.label === label || step.aliases?.includes(label ?? "") === true)?.imitates;
  }

  /** Arguments of a named call by what they are: `mm1`, `pfn 3`, `class 1`. */
  args(call: string | undefined, args: readonly number[]): string {
    const software = this.start?.software;
    const program = software?.calls[call ?? ""] ?? software?.design.asi?.calls[call ?? ""];
    const told = args.map((value, at) => this.argument(program?.locals[at + 1], value));
    return told.filter((text) => text !== "order 0" && text !== NONE).join(", ");
  }

  store(number: number, row: number, value: number): BufferedStore | undefined {
    if (number >= TABLE_STORE.clearBlockLeaf) {
      const sets = number === TABLE_STORE.setPresent || number === TABLE_STORE.setBlockLeaf;
      const isBlock = number === TABLE_STORE.setBlockLeaf || number === TABLE_STORE.clearBlockLeaf;
      const where = `[${isBlock ? "block" : "pfn"} ${row}]`;
      return { column: isBlock ? "as.restrictedLeaf" : "hw.present", where, after: sets ? "yes" : "no" };
    }
    const state = this.start?.state;
    const placement = state?.layout.placements[number - 1];
    if (state === undefined || placement === undefined) return undefined;
    const column = state.column(placement.name);
    const { sort, link } = column.spec;
    return { column: column.name, where: printRow(state, column, row), after: printValue(sort, link ?? false, value) };
  }

  private argument(local: { name: string; sort: string; link?: boolean } | undefined, value: number): string {
    if (local?.name === "class") return `class ${value}`;
    const index = value - (local?.link === true ? 1 : 0);
    if (index < 0) return NONE;
    if (local?.sort === "mm") return this.mm(index);
    if (local?.sort === "pfn") return `pfn ${index}`;
    if (local?.sort === "order") return `order ${value}`;
    if (local?.sort === "request") return this.start?.world.requests[value]?.name ?? String(value);
    return String(value);
  }

  /** Asks the design itself, on a machine that nobody else uses. */
  private readLabel(block: number, value: number): string {
    const { start } = this;
    const reads = start?.software.design.sensitiveBlock;
    if (start === undefined || reads === undefined) return `type ${value}`;
    const column = start.state.column("mm.blockType");
    const before = column.get(block);
    column.set(block, value);
    const isSensitive = reads(start.k, block);
    column.set(block, before);
    return isSensitive ? "sensitive" : "nonsensitive";
  }
}

/** A stranger's file may name a design or a scope that nobody knows. */
function startOf(run: RunOrigin): Machine | undefined {
  try {
    return machineForRun({ ...run, steps: [] });
  } catch (failure) {
    if (failure instanceof InputError) return undefined;
    throw failure;
  }
}
