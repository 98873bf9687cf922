import { createMachine } from "xstate";

/**
 * Who runs on a CPU: its task, an interrupt handler, or one inside the other.
 *
 *     task ──interrupt──▶ handler ──interrupt──▶ nested ◀──interrupt (an NMI in an exception in …)
 *       ▲                  │  ▲ ▲                  │
 *     resume             return │ └──────return────┘
 *       │                  ▼  interrupt
 *       └────────────── epilogue
 *
 * `intr_nest_depth` in four states. The epilogue is where the outermost return finds depth 0 and puts a critical section
 * back; an NMI may strike there too, and what it undoes its own epilogue restores, so that one epilogue stands for both.
 * `interrupt` is the hardware's and is there in every state. Only handlers exit on behalf of somebody else.
 *
 * - **Source**: `asi_intr_enter()`, `asi_intr_exit()`, ASI RFC v2.
 */
export const nestMachine = createMachine({
  id: "nest",
  initial: "task",
  states: {
    task: {
      description: "Depth 0: task context runs, or a guest that it entered.",
      on: { interrupt: "handler", confirmTask: "task" },
    },
    handler: {
      description: "Depth 1: a handler runs, in whichever address space it interrupted.",
      on: { interrupt: "nested", return: "epilogue", confirmHandler: "handler" },
    },
    nested: {
      description: "Depth 2 or more: a handler interrupted a handler.",
      on: { interrupt: "nested", return: "handler", confirmHandler: "nested" },
    },
    epilogue: {
      description: "Depth 0 again, on the way back: nothing but the restoration of a critical section runs.",
      on: { interrupt: "handler", resume: "task", confirmEpilogue: "epilogue" },
    },
  },
});
