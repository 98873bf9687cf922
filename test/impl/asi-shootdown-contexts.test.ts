import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { spacesWith } from "../../harness/worlds/named-world.ts";
import type { Shootdown } from "../../impl/asi/parts.ts";
import { broadcastShootdown } from "../../impl/asi/shootdown/broadcast.ts";
import { generationShootdown } from "../../impl/asi/shootdown/generations.ts";
import { ipiShootdown } from "../../impl/asi/shootdown/kernel-range.ts";
import { asiCore } from "../../impl/asi/transitions/core.ts";
import { CORRECT_ASI } from "../../impl/asi/transitions/switches.ts";
import { makeBatchProbe } from "../../impl/designs/batch-probe/design.ts";
import { ACTION, actionCpu, actionKind } from "../../model/action.ts";
import { LEVEL_HARDIRQ, LEVEL_TASK } from "../../model/kernel.ts";
import type { Machine } from "../../model/machine.ts";
import { CONTEXT_FAULT, MOMENT } from "../../model/moments.ts";

const ZONE_LOCK = 0;

/** Contexts in which somebody may want to flush, and how CPU 0 gets into each. */
const CONTEXTS: readonly { name: string; level: number; enter: (machine: Machine) => void }[] = [
  { name: "hard IRQ", level: LEVEL_HARDIRQ, enter: () => {} },
  { name: "interrupts off", level: LEVEL_TASK, enter: ({ k }) => k.irqsDisable() },
  { name: "spinlock held, interrupts on", level: LEVEL_TASK, enter: ({ k }) => void k.tryLock(ZONE_LOCK) },
  { name: "preemption off", level: LEVEL_TASK, enter: ({ k }) => k.preemptDisable() },
  { name: "process, may sleep", level: LEVEL_TASK, enter: () => {} },
];

const MECHANISMS: readonly (readonly [string, Shootdown])[] = [
  ["IPI", ipiShootdown()],
  ["generations", generationShootdown()],
  ["broadcast", broadcastShootdown()],
];

/** Runs the flush in the context with the other CPU idle, and says what S23 has against it. */
function answer(shootdown: Shootdown, context: (typeof CONTEXTS)[number]): string {
  const asi = asiCore({ transitions: "generations", switches: CORRECT_ASI });
  const design = makeBatchProbe({ id: "contexts", title: "", summary: "", asi, shootdown });
  const machine = machineFor(design, { ...parseScope("cpus=2,pages=8,mms=2,calls=0+0"), spaces: spacesWith({}) });
  const { k } = machine;
  k.cpu = 0;
  context.enter(machine);
  machine.clearStep();
  k.start(0, context.level, shootdown.flush, 0, 1, 1, 0);
  for (let steps = 0; k.depth(0, context.level) > 0 && steps < 100; steps++) {
    const fault = faultOf(machine);
    if (fault !== undefined) return `no: ${fault}`;
    machine.clearStep();
    perform(machine);
  }
  const late = faultOf(machine);
  return late === undefined ? "yes" : `no: ${late}`;
}

/** The next thing that can happen, other CPUs' interrupts first, so that no IPI stays unanswered. */
function perform(machine: Machine): void {
  const actions: number[] = [];
  machine.enumerate((action) => {
    actions.push(action);
  });
  const running = actions.filter((action) => actionKind(action) === ACTION.step || actionKind(action) === ACTION.ipi);
  running.sort((a, b) => actionCpu(b) - actionCpu(a));
  running.some((action) => machine.perform(action));
}

function faultOf({ k }: Machine): string | undefined {
  for (let i = 0; i < k.moments.count; i++) {
    if (k.moments.kinds[i] !== MOMENT.contextFault) continue;
    const fault = k.moments.aux[i];
    return fault === CONTEXT_FAULT.hardIrq
      ? "it would wait in hard IRQ"
      : fault === CONTEXT_FAULT.lockHeld
        ? "a target may spin for the lock"
        : "a target may wait for this CPU, which takes no IPI";
  }
  return undefined;
}

function table(): string {
  return [
    `| context | ${MECHANISMS.map(([name]) => name).join(" | ")} |`,
    `| --- |${MECHANISMS.map(() => " --- |").join("")}`,
    ...CONTEXTS.map(
      (context) => `| ${context.name} | ${MECHANISMS.map(([, shootdown]) => answer(shootdown, context)).join(" | ")} |`,
    ),
  ].join("\n");
}

describe("where a flush may be started", () => {
  test("is what docs/flush-contexts.md says, per mechanism", () => {
    expect(readFileSync("docs/flush-contexts.md", "utf8")).toContain(table());
  });

  test("is everywhere for a broadcast", () => {
    const broadcast = broadcastShootdown();
    expect(CONTEXTS.map((context) => answer(broadcast, context))).toEqual(CONTEXTS.map(() => "yes"));
  });
});
