const HEADER = `# tracer: nop
#
# entries-in-buffer/entries-written: 900/900   #P:2
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
`;

const KERNEL = "GFP_KERNEL";
const USER = "GFP_HIGHUSER|__GFP_ACCOUNT";

/** Line of the event that hands a kernel page's frame, once given back, to a user. */
export const VIOLATING_LINE = 12 + 401 + 60 + 3;

/** Pages of the kernel come and go on two CPUs; then one of a user takes the frame that one of them had; then more of the same. */
export function noisyTrace(): string {
  const events: Event[] = [];
  noise(events, 401, 0x100);
  events.push(event(1, alloc(0x4a1, 0, KERNEL)), event(1, free(0x4a1, 0)));
  noise(events, 60, 0x200, [0]);
  events.push(event(1, alloc(0x4a1, 0, USER)));
  noise(events, 100, 0x300);
  return HEADER + events.map(line).join("");
}

interface Event {
  readonly cpu: number;
  readonly text: string;
}

/** Orders 2 and 3 only, so that no block of order 0 is freed where the story happens. */
function noise(into: Event[], count: number, from: number, cpus: readonly number[] = [0, 1]): void {
  let state = count;
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % below;
  };
  const live: { pfn: number; order: number }[] = [];
  for (let i = 0; i < count; i++) {
    const cpu = cpus[next(cpus.length)] ?? 0;
    const block = live[0];
    if (next(10) === 0) into.push(event(cpu, "tlb_flush: pages:-1 reason:flush on task switch (0)"));
    else if (block !== undefined && (live.length > 7 || next(2) === 0)) {
      live.shift();
      into.push(event(cpu, free(block.pfn, block.order)));
    } else {
      const fresh = { pfn: from + 8 * (i % 24), order: 2 + next(2) };
      live.push(fresh);
      into.push(event(cpu, alloc(fresh.pfn, fresh.order, KERNEL)));
    }
  }
}

function event(cpu: number, text: string): Event {
  return { cpu, text };
}

function line({ cpu, text }: Event, index: number): string {
  return `            init-1       [00${cpu}] .....     ${(1 + index / 1e4).toFixed(6)}: ${text}\n`;
}

function alloc(pfn: number, order: number, gfp: string): string {
  return `mm_page_alloc: page=00000000cafe0001 pfn=0x${pfn.toString(16)} order=${order} migratetype=0 gfp_flags=${gfp}`;
}

function free(pfn: number, order: number): string {
  return `mm_page_free: page=00000000cafe0001 pfn=0x${pfn.toString(16)} order=${order}`;
}
