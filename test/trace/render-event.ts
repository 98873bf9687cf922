import type { TraceEvent } from "../../harness/trace/event.ts";
import { blankEvent, EVENT } from "../../harness/trace/event.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import { gfpToString } from "../../model/gfp.ts";

/** An event as the kernel knows it, before anybody prints it. */
export interface Happening {
  readonly kind: number;
  readonly comm: string;
  readonly pid: number;
  readonly tgid: number;
  readonly cpu: number;
  readonly micros: number;
  readonly flags: readonly [irqs: string, context: string, depth: number];
  readonly pfn: number;
  readonly order: number;
  readonly migratetype: number;
  readonly gfp: number;
  readonly refill: number;
  readonly failed: boolean;
  readonly fallback: readonly [order: number, migratetype: number];
  readonly tlb: readonly [pages: number, reason: number];
}

/** One way to print happenings, and what of them a reader of it can know. */
export interface Form {
  readonly name: string;
  /** What stands before the lines. */
  readonly header: string;
  readonly line: (happening: Happening, kernel: KernelVersion) => string;
  readonly known: (happening: Happening) => Partial<TraceEvent> & { readonly comm: string };
}

type Fields = (happening: Happening, kernel: KernelVersion) => string;
type Known = ReturnType<Form["known"]>;

const NAMES = [
  "mm_page_alloc",
  "mm_page_free",
  "mm_page_free_batched",
  "mm_page_alloc_zone_locked",
  "mm_page_pcpu_drain",
  "mm_page_alloc_extfrag",
  "tlb_flush",
];
const REASONS = [
  "flush on task switch",
  "remote shootdown",
  "local shootdown",
  "local mm shootdown",
  "remote ipi send",
];
const LEGEND = `#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
`;
const TRACEFS = `# tracer: nop\n#\n# entries-in-buffer/entries-written: 9/9   #P:4\n#\n${LEGEND}`;
const LATENCY = `# tracer: nop\n#\n# nop latency trace v1.1.5 on 6.12.1\n# latency: 0 us, #9/9, CPU#0 | (M:desktop VP:0, KP:0, SP:0 HP:0 #P:4)\n${LEGEND}`;

/** Every form in which the kernel, trace-cmd and perf print these events, each by what asks for it. */
export const FORMS: readonly Form[] = [
  form(
    "tracefs",
    TRACEFS,
    (h) => `${wide(h)} ${flags(h)} ${seconds(h)}: `,
    kernelFields,
    (h) => ({ ...task(h), ...context(h) }),
  ),
  form(
    "trace_pipe",
    "",
    (h) => `${wide(h)} ${flags(h)} ${seconds(h)}: `,
    kernelFields,
    (h) => ({ ...task(h), ...context(h) }),
  ),
  form("irq-info off", "", (h) => `${wide(h)} ${seconds(h)}: `, kernelFields, task),
  form(
    "record-tgid",
    TRACEFS,
    (h) => `${wide(h, `(${pad(h.tgid, 7)}) `)} ${flags(h)} ${seconds(h)}: `,
    kernelFields,
    (h) => ({
      ...task(h),
      ...context(h),
      tgid: h.tgid,
    }),
  ),
  form(
    "options/fields",
    TRACEFS,
    (h) => `${wide(h)} ${flags(h)} ${seconds(h)}: `,
    typedFields,
    (h) => ({ ...task(h), ...context(h) }),
  ),
  form(
    "context-info off",
    "",
    () => "",
    kernelFields,
    () => ({ comm: "" }),
  ),
  form("latency-format", LATENCY, (h) => `${narrow(h, 7)}${flags(h)} ${pad(h.micros, 4)}us!: `, kernelFields, cutName),
  form("trace-cmd report", "cpus=4\n", (h) => `${wide(h)} ${seconds(h)}: `, pluginFields, task),
  form("trace-cmd report -t", "cpus=4\n", (h) => `${wide(h)} ${seconds(h)}499: `, pluginFields, task),
  form("trace-cmd report -R", "cpus=4\n", (h) => `${wide(h)} ${seconds(h)}: `, rawFields, task),
  form("trace-cmd report -l", "cpus=4\n", (h) => `${narrow(h, 5)}${flags(h)} ${seconds(h)}: `, pluginFields, cutName),
  form(
    "perf script",
    "",
    (h) => `${pad(h.comm, 16)} ${pad(h.pid, 5)} ${cpu(h)} ${seconds(h)}: ${group(h)}`,
    perfFields,
    task,
  ),
  form(
    "perf script --ns",
    "",
    (h) => `${pad(h.comm, 16)} ${pad(h.pid, 5)} ${cpu(h)} ${seconds(h)}999: ${group(h)}`,
    perfFields,
    task,
  ),
  form(
    "perf script -F",
    "",
    (h) => `${pad(h.comm, 16)} ${pad(h.tgid, 5)}/${h.pid} ${cpu(h)} ${seconds(h)}: ${group(h)}`,
    perfFields,
    (h) => ({
      ...task(h),
      tgid: h.tgid,
    }),
  ),
  form(
    "perf script with call graphs",
    "",
    (h) => `${h.comm} ${pad(h.pid, 5)} ${cpu(h)} ${seconds(h)}: ${group(h)}`,
    (h, kernel) => `${perfFields(h, kernel)}\n\tffffffffae4f9486 __alloc_pages+0x256 ([kernel.kallsyms])\n`,
    task,
  ),
];

/** The record that a reader of `form` gets, texts aside. */
export function recordIn(printed: Form, happening: Happening, line: number): TraceEvent & { readonly comm: string } {
  return {
    ...blankEvent(),
    ...fieldsOf(happening),
    kind: happening.kind as TraceEvent["kind"],
    line,
    ...printed.known(happening),
  };
}

function form(
  name: string,
  header: string,
  prefix: (h: Happening) => string,
  fields: Fields,
  known: (h: Happening) => Known,
): Form {
  return { name, header, line: (h, kernel) => `${prefix(h)}${fields(h, kernel)}\n`, known };
}

function fieldsOf(h: Happening): Partial<TraceEvent> {
  const page = { pfn: h.pfn, order: h.order };
  switch (h.kind) {
    case EVENT.alloc:
      return {
        ...page,
        pfn: h.failed ? -1 : h.pfn,
        failed: h.failed ? 1 : 0,
        migratetype: h.migratetype,
        gfp: h.gfp,
        gfpKnown: 1,
      };
    case EVENT.zoneLocked:
      return { ...page, migratetype: h.migratetype, percpuRefill: h.refill };
    case EVENT.pcpuDrain:
      return { ...page, migratetype: h.migratetype };
    case EVENT.extfrag:
      return { ...page, migratetype: h.migratetype, fallbackOrder: h.fallback[0], fallbackMigratetype: h.fallback[1] };
    case EVENT.freeBatched:
      return { ...page, order: 0 };
    case EVENT.tlbFlush:
      return { tlbPages: h.tlb[0], tlbReason: h.tlb[1] };
    default:
      return page;
  }
}

function task(h: Happening): Known {
  return { comm: h.comm, contextKnown: 1, pid: h.pid, cpu: h.cpu, micros: h.micros };
}

function cutName(h: Happening): Known {
  return { ...task(h), ...context(h), comm: h.comm.slice(0, 8) };
}

function context({ flags: [irqs, interrupted, preemptDepth] }: Happening): Partial<TraceEvent> {
  return {
    flagsKnown: 1,
    irqsOff: "dD".includes(irqs) ? 1 : 0,
    bhOff: "bD".includes(irqs) ? 1 : 0,
    hardirq: "hHZ".includes(interrupted) ? 1 : 0,
    softirq: "sH".includes(interrupted) ? 1 : 0,
    nmi: "zZ".includes(interrupted) ? 1 : 0,
    preemptDepth,
  };
}

function flags({ flags: [irqs, interrupted, depth] }: Happening): string {
  return `${irqs}.${interrupted}${depth === 0 ? "." : depth.toString(16)}.`;
}

function wide(h: Happening, tgid = ""): string {
  return `${pad(h.comm, 16)}-${String(h.pid).padEnd(7)} ${tgid}${cpu(h)}`;
}

function narrow(h: Happening, pidWidth: number): string {
  return `${pad(h.comm.slice(0, 8), 8)}-${String(h.pid).padEnd(pidWidth)} ${pad(h.cpu, 3)}`;
}

function cpu(h: Happening): string {
  return `[${String(h.cpu).padStart(3, "0")}]`;
}

function seconds(h: Happening): string {
  return `${pad(Math.floor(h.micros / 1e6), 5)}.${String(h.micros % 1e6).padStart(6, "0")}`;
}

function group(h: Happening): string {
  return h.kind === EVENT.tlbFlush ? "          tlb:" : "kmem:";
}

function name(h: Happening): string {
  return NAMES[h.kind] ?? "";
}

/** The kernel's own text; `page` is how the printer spells the page's address. */
function pageFields(h: Happening, kernel: KernelVersion, page: string): string {
  const start =
    h.failed && h.kind === EVENT.alloc ? `page=${page} pfn=0x0` : `page=${page} pfn=0x${h.pfn.toString(16)}`;
  switch (h.kind) {
    case EVENT.alloc:
      return `${start} order=${h.order} migratetype=${h.migratetype} gfp_flags=${gfpToString(h.gfp, kernel)}`;
    case EVENT.zoneLocked:
      return `${start} order=${h.order} migratetype=${h.migratetype} percpu_refill=${h.refill}`;
    case EVENT.pcpuDrain:
      return `${start} order=${h.order} migratetype=${h.migratetype}`;
    case EVENT.extfrag:
      return `${start} alloc_order=${h.order} fallback_order=${h.fallback[0]} pageblock_order=9 alloc_migratetype=${h.migratetype} fallback_migratetype=${h.fallback[1]} fragmenting=0 change_ownership=1`;
    case EVENT.freeBatched:
      return `${start} order=0`;
    default:
      return `${start} order=${h.order}`;
  }
}

function isFailed(h: Happening): boolean {
  return h.kind === EVENT.alloc && h.failed;
}

function kernelFields(h: Happening, kernel: KernelVersion): string {
  if (h.kind === EVENT.tlbFlush) return `${name(h)}: pages:${h.tlb[0]} reason:${REASONS[h.tlb[1]]} (${h.tlb[1]})`;
  return `${name(h)}: ${pageFields(h, kernel, isFailed(h) ? "0000000000000000" : "00000000aa5498db")}`;
}

function perfFields(h: Happening, kernel: KernelVersion): string {
  if (h.kind === EVENT.tlbFlush) return kernelFields(h, kernel);
  return `${name(h)}: ${pageFields(h, kernel, isFailed(h) ? "(nil)" : `0x${h.pfn.toString(16)}`)}`;
}

/** trace-cmd pads names, and prints a flush by its plugin. */
function pluginFields(h: Happening, kernel: KernelVersion): string {
  const padded = `${name(h)}:`.padEnd(22);
  if (h.kind === EVENT.tlbFlush) return `${padded}pages=${h.tlb[0]} reason=${REASONS[h.tlb[1]]} (${h.tlb[1]})`;
  return `${padded}${pageFields(h, kernel, isFailed(h) ? "0x0" : "0xffffffffaf617886")}`;
}

function rawFields(h: Happening): string {
  return `${`${name(h)}:`.padEnd(22)} ${numbers(h)
    .map(([key, value, form]) => `${key}=${form === "hex" ? hex(value) : value}`)
    .join(" ")}`;
}

function typedFields(h: Happening): string {
  return `${name(h)}: ${numbers(h)
    .map(([key, value]) => `${key}=${hex(value)} (${value})`)
    .join(" ")}`;
}

/** The fields as the event's structure has them. */
function numbers(h: Happening): readonly (readonly [key: string, value: number, form: "hex" | "decimal"])[] {
  const pfn = ["pfn", isFailed(h) ? -1 : h.pfn, "hex"] as const;
  const order = ["order", h.order, "decimal"] as const;
  const type = ["migratetype", h.migratetype, "decimal"] as const;
  switch (h.kind) {
    case EVENT.alloc:
      return [pfn, order, ["gfp_flags", h.gfp, "hex"], type];
    case EVENT.zoneLocked:
      return [pfn, order, type, ["percpu_refill", h.refill, "decimal"]];
    case EVENT.extfrag:
      return [
        pfn,
        ["alloc_order", h.order, "decimal"],
        ["fallback_order", h.fallback[0], "decimal"],
        ["alloc_migratetype", h.migratetype, "decimal"],
        ["fallback_migratetype", h.fallback[1], "decimal"],
        ["change_ownership", 1, "decimal"],
      ];
    case EVENT.freeBatched:
      return [pfn];
    case EVENT.tlbFlush:
      return [
        ["reason", h.tlb[1], "decimal"],
        ["pages", h.tlb[0], "decimal"],
      ];
    case EVENT.pcpuDrain:
      return [pfn, order, type];
    default:
      return [pfn, order];
  }
}

function hex(value: number): string {
  return value < 0 ? "0xffffffffffffffff" : `0x${value.toString(16)}`;
}

function pad(value: string | number, width: number): string {
  return String(value).padStart(width);
}
