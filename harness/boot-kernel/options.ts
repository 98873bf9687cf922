import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import { type Geometry, X86_64 } from "../../model/geometry.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import type { Request } from "../../model/request.ts";
import type { WorldParameters } from "../../model/software.ts";
import { wholeAllocator, type Zone } from "../../model/zone.ts";
import { CLAIMS } from "../../properties/claims.ts";
import { findDesign } from "../find-design.ts";
import { PAGES_PER_MIB, x86Zones } from "./zone-layout.ts";

/** Which claims are held against every micro-step: `structure` is S17, S23 and DEADLOCK only. */
export type ClaimsWatched = "all" | "structure" | "none";

/**
 * The machine to boot. Everything has a default but the memory: give `memoryMiB`, or `zones` as a machine has them.
 *
 * - **Units**: MiB; `cpus` 1 to 16, `nodes` 1 or 2 (CPUs are dealt out to nodes in turn).
 * - **design**: an id (`asilab designs`) or a design; the baseline `no-asi` where none is told.
 * - **workers**: woken kernel threads (the design's, kswapd, kcompactd) run after the call that woke them, or wait for
 *   `runWorkers()`.
 * - **seed**: where a step can go several ways one is drawn; without a seed the first is taken.
 */
export interface BootOptions {
  readonly design?: string | Design;
  readonly memoryMiB?: number;
  readonly zones?: readonly Zone[];
  readonly movableMiB?: number;
  readonly cpus?: number;
  readonly nodes?: number;
  readonly geometry?: Geometry;
  readonly kernel?: KernelVersion;
  readonly gfpAllowedMask?: number;
  readonly swapMiB?: number;
  readonly cmaMiB?: number;
  readonly reclaim?: boolean;
  readonly initOnAlloc?: boolean;
  readonly initOnFree?: boolean;
  readonly seed?: number;
  readonly workers?: "after-call" | "manual";
  readonly claims?: ClaimsWatched;
}

/** Pages up to which translations are kept entry by entry (may-hold); above, by epochs, which answer the same. */
const MAY_HOLD_PAGES_MAX = 63;

/**
 * The design that was named or given.
 *
 * - **Errors**: `InputError` UNKNOWN-DESIGN.
 */
export function designOf(options: BootOptions): Design {
  const { design = "no-asi", claims } = options;
  const found = typeof design === "string" ? findDesign(design) : design;
  return claims === "structure" ? structureOnly(found) : found;
}

/** The claims about structures and context, which cost little to watch. */
const STRUCTURE = ["S17", "S23", "DEADLOCK"];
const watchedForStructure = new WeakMap<Design, Design>();

/** The same design with every other claim set aside. */
function structureOnly(design: Design): Design {
  const known = watchedForStructure.get(design);
  if (known !== undefined) return known;
  const aside = CLAIMS.filter(({ id }) => !STRUCTURE.includes(id)).map(({ id }) => [id, "not watched"] as const);
  const narrowed = { ...design, notApplicable: { ...design.notApplicable, ...Object.fromEntries(aside) } };
  watchedForStructure.set(design, narrowed);
  return narrowed;
}

/**
 * The world that the options describe. Every CPU runs an address space of its own, so that each secret has somebody it must be
 * kept from; protected contexts are always loaded.
 *
 * - **Errors**: `InputError` BAD-MEMORY, BAD-SCOPE, BAD-ZONES.
 */
export function parametersOf(options: BootOptions, requests: readonly Request[]): WorldParameters {
  const geometry = options.geometry ?? X86_64;
  const cpus = options.cpus ?? 2;
  const zones = zonesOf(options, geometry);
  const pages = Math.max(...zones.map((zone) => zone.startPfn + zone.spanned));
  return {
    geometry,
    cpus,
    pages,
    mms: Math.max(2, cpus),
    whole: wholeAllocator(pages, {
      zones,
      kernel: options.kernel ?? "6.12",
      reclaim: options.reclaim ?? true,
      gfpAllowedMask: options.gfpAllowedMask ?? -1,
      initOnAlloc: options.initOnAlloc ?? false,
      initOnFree: options.initOnFree ?? false,
      swapPages: (options.swapMiB ?? 0) * PAGES_PER_MIB,
      cmaBlocks: Math.ceil(((options.cmaMiB ?? 0) * PAGES_PER_MIB) / 2 ** geometry.pageblockOrder),
    }),
    requests,
    translations: pages <= MAY_HOLD_PAGES_MAX ? "may-hold" : "epochs",
    modes: false,
    irq: true,
    preempt: false,
  };
}

function zonesOf(options: BootOptions, geometry: Geometry): readonly Zone[] {
  const { memoryMiB, zones, nodes = 1 } = options;
  if (zones !== undefined && zones.length > 0) return zones;
  if (memoryMiB === undefined) {
    throw new InputError("BAD-MEMORY", "a kernel without memory was asked for", "give memoryMiB, or zones");
  }
  const pages = memoryMiB * PAGES_PER_MIB;
  if (!Number.isInteger(pages) || pages < 1) {
    throw new InputError("BAD-MEMORY", `memoryMiB=${memoryMiB} is not a whole number of pages of 4 KiB`);
  }
  if (nodes !== 1 && nodes !== 2) {
    throw new InputError("BAD-SCOPE", `nodes=${nodes} is outside 1..2`, "the model knows two nodes, 0 and 1");
  }
  return x86Zones(pages, nodes, (options.movableMiB ?? 0) * PAGES_PER_MIB, geometry);
}
