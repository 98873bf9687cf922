import { expect, test } from "vitest";
import { broadcastShootdown } from "../../impl/asi/shootdown/broadcast.ts";
import { generationShootdown } from "../../impl/asi/shootdown/generations.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { asiCore } from "../../impl/asi/transitions/core.ts";
import { CORRECT_ASI } from "../../impl/asi/transitions/switches.ts";
import { vmallocAreas } from "../../impl/asi/vmalloc/vmalloc.ts";
import { makeAsiProbe } from "../../impl/designs/asi-probe/design.ts";
import { type BatchVariant, makeBatchProbe } from "../../impl/designs/batch-probe/design.ts";
import { ACTION, actionCpu, actionKind, stepLevel } from "../../model/action.ts";
import type { Recorder } from "../../model/column.ts";
import type { Design } from "../../model/design.ts";
import { walk, walkMachine } from "../properties/random-walk.ts";

/** Written by the machinery for every step: its frame, who runs, and the program counter. */
const MACHINERY = ["cpu.pc", "cpu.depth", "cpu.local", "cpu.running"];
/** Read by the context check of a step that needs interrupts on, or flushes. */
const CONTEXT_CHECK = ["cpu.irqsOff", "cpu.lockHolder", "cpu.preemptOff"];

const keeping = asiCore({ transitions: "generations", switches: CORRECT_ASI });
const everyClass = ipiShootdown({ everyClass: true });

function probe(parts: Partial<BatchVariant>): Design {
  return makeBatchProbe({ id: "probe", title: "", summary: "", asi: keeping, ...parts });
}

const user = makeAsiProbe({ id: "user", title: "", summary: "", transitions: "generations" });

test.each([
  ["batching and IPIs", probe({ shootdown: everyClass, bound: 1 }), "batch-asi"],
  ["broadcasts", probe({ shootdown: broadcastShootdown(), bound: 1 }), "batch-asi,preempt=1"],
  ["generations", probe({ shootdown: generationShootdown(), bound: 1 }), "flip-generations"],
  ["kernel areas", probe({ shootdown: everyClass, vmalloc: vmallocAreas(everyClass) }), "aliases"],
  ["flushes of user ranges", user, "user-slots,cpus=2,calls=1+1"],
  ["reclaim's batches", user, "reclaim-batch"],
  ["what reclaim leaves pending", user, "reclaim-batches"],
])("%s: no step reads or writes a column that it does not declare", (_name, design, scope) => {
  const mine = new Set(programsOfShootdowns(design));
  const undeclared = new Set<string>();
  let allowed: ReadonlySet<string> | undefined;
  let readable: ReadonlySet<string> = new Set();
  let name = "";
  const note = (column: string, how: string): void => {
    if (allowed === undefined || allowed.has(column) || (how === "reads" && readable.has(column))) return;
    undeclared.add(`${name} ${how} ${column}`);
  };
  const recorder: Recorder = { read: (column) => note(column, "reads"), write: (column) => note(column, "writes") };
  const machine = walkMachine(design, { scope, recorder });
  const ran = new Set<string>();
  walk(machine, 5, 6_000, (action) => {
    machine.clearStep();
    if (actionKind(action) !== ACTION.step) return machine.perform(action) || true;
    const [cpu, level] = [actionCpu(action), stepLevel(action)];
    const program = machine.k.programAt(cpu, level);
    const step = machine.k.stepAt(cpu, level);
    name = `${program.name}/${step.label}`;
    if (mine.has(program.name)) {
      ran.add(program.name);
      readable = new Set(step.needs !== "any" || step.flush !== undefined ? CONTEXT_CHECK : []);
      allowed = new Set([...MACHINERY, ...step.touches]);
    }
    machine.perform(action);
    allowed = undefined;
    return true;
  });
  expect([...undeclared].sort()).toEqual([]);
  expect(ran.size).toBeGreaterThan(0);
});

const FLUSHING = /flush|invlpgb|shrink_folio|zap_pte|madvise|unmap_and_queue|take_back|vmap|vfree|free_initmem|purge/;

function programsOfShootdowns(design: Design): string[] {
  return [...design.programs, ...(design.asi?.programs ?? []), ...Object.values(design.hooks)]
    .filter((hook) => typeof hook === "object")
    .map(({ name }) => name)
    .filter((name) => FLUSHING.test(name));
}
