import type { TraceMeta } from "../trace/meta.ts";
import { type ProcText, readBuddyinfo, readZoneinfo } from "../trace-replay/proc-snapshot.ts";
import type { FidelityObserver, Look } from "./fidelity-observer.ts";
import { type Figure, TARGETS } from "./figure.ts";
import { sum } from "./tracepoint-counts.ts";

/** /proc at the end of a recording, as far as it was copied. */
export interface EndTexts {
  readonly zoneinfo?: ProcText;
  readonly buddyinfo?: ProcText;
}

/** The markers that a recording's snapshots are fenced by. */
const BEFORE_END = "snapshot before end";
const AFTER_BEGIN = "snapshot after begin";

/** Where the kernel's own events miss its free pages by more than this at the end, they tell nothing about the time between. */
const SHADOW_TRUST = 0.005;

/**
 * Sets the model's figures beside the kernel's.
 *
 * The end is the moment before the last snapshot was taken; a recording without one is compared at its last event, with what
 * its buddy events tell of the free lists.
 */
export function figuresOf(observer: FidelityObserver, meta: TraceMeta, after: EndTexts): Figure[] {
  const end = observer.marks.get(AFTER_BEGIN) ?? observer.last;
  if (end === undefined) return [];
  const truth = truthAt(end, meta, after);
  return [
    ...traffic(observer),
    ...freePagesAt("free pages at the end", end, truth.freePages, meta),
    ...overTime(observer, end, truth.freePages, meta),
    ...buddyFigures(end, truth.blocks, meta),
  ];
}

/** What the kernel had at the end: its own words, or else what its events tell. */
interface Truth {
  readonly freePages: readonly number[];
  readonly blocks: readonly (readonly number[])[];
}

function truthAt(end: Look, meta: TraceMeta, after: EndTexts): Truth {
  const zones = after.zoneinfo === undefined ? [] : readZoneinfo(after.zoneinfo);
  const buddy = after.buddyinfo === undefined ? [] : readBuddyinfo(after.buddyinfo);
  return {
    freePages: meta.zones.map((zone, index) => {
      const told = zones.find((each) => each.zone === zone.name && each.node === zone.node);
      return told?.free ?? (end.kernel[index] as number);
    }),
    blocks: meta.zones.map((zone, index) => {
      const told = buddy.find((each) => each.zone === zone.name && each.node === zone.node);
      return told?.blocks ?? end.kernelBlocks[index] ?? [];
    }),
  };
}

function traffic({ kernel, model }: FidelityObserver): Figure[] {
  const byOrder = (name: string, ofKernel: Float64Array, ofModel: Float64Array): Figure[] =>
    [...ofKernel].flatMap((blocks, order) =>
      blocks === 0 && ofModel[order] === 0
        ? []
        : [{ name: `${name}, order ${order}`, kernel: blocks, model: ofModel[order] as number }],
    );
  return [
    { name: "refills", kernel: sum(kernel.refills), model: sum(model.refills), target: TARGETS.traffic },
    ...byOrder("refills", kernel.refills, model.refills),
    { name: "drains", kernel: sum(kernel.drains), model: sum(model.drains), target: TARGETS.traffic },
    ...byOrder("drains", kernel.drains, model.drains),
    { name: "extfrag fallbacks", kernel: kernel.extfrag, model: model.extfrag, target: TARGETS.fallbacks },
  ];
}

function freePagesAt(name: string, look: Look, truth: readonly number[], meta: TraceMeta): Figure[] {
  return meta.zones.map((zone, index) => ({
    name: `${name}, ${zone.name}`,
    kernel: truth[index] ?? 0,
    model: look.model[index] ?? 0,
    target: TARGETS.freePages,
  }));
}

/** At the first snapshot's end and every second, as far as the kernel's events account for its free pages. */
function overTime(observer: FidelityObserver, end: Look, truth: readonly number[], meta: TraceMeta): Figure[] {
  const start = observer.marks.get(BEFORE_END);
  return meta.zones.flatMap((zone, index) => {
    const kernel = truth[index] ?? 0;
    if (Math.abs((end.kernel[index] ?? 0) - kernel) > kernel * SHADOW_TRUST) return [];
    const worst = observer.samples.reduce<{ kernel: number; model: number } | undefined>((found, sample) => {
      const each = { kernel: sample.kernel[index] ?? 0, model: sample.model[index] ?? 0 };
      return found === undefined || distance(each) > distance(found) ? each : found;
    }, undefined);
    const first = start === undefined ? [] : [at(`free pages when the workload begins, ${zone.name}`, start, index)];
    const name = `free pages each second (${observer.samples.length} samples, the worst), ${zone.name}`;
    return [...first, ...(worst === undefined ? [] : [{ name, ...worst, target: TARGETS.freePages }])];
  });
}

function at(name: string, look: Look, zone: number): Figure {
  return { name, kernel: look.kernel[zone] ?? 0, model: look.model[zone] ?? 0, target: TARGETS.freePages };
}

function distance({ kernel, model }: { readonly kernel: number; readonly model: number }): number {
  return Math.abs(model - kernel) / Math.max(kernel, 1);
}

/** Free pages in blocks of at least each order: what a request of that order could be served from. All zones together. */
function buddyFigures(end: Look, truth: readonly (readonly number[])[], meta: TraceMeta): Figure[] {
  const model = readBuddyinfo({ file: "the model's buddyinfo", text: end.modelBuddyinfo });
  const ofModel = meta.zones.map(
    (zone) => model.find((each) => each.zone === zone.name && each.node === zone.node)?.blocks ?? [],
  );
  const orders = Math.max(...truth.map((blocks) => blocks.length));
  return Array.from({ length: orders }, (_, order) => ({
    name: `free pages in blocks of order ${order} and above`,
    kernel: pagesFrom(order, truth),
    model: pagesFrom(order, ofModel),
    target: TARGETS.buddyinfo,
  }));
}

function pagesFrom(order: number, zones: readonly (readonly number[])[]): number {
  return zones.reduce(
    (total, blocks) => total + blocks.reduce((pages, count, at) => pages + (at < order ? 0 : count * 2 ** at), 0),
    0,
  );
}
