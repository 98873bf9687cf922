import { awaits, CLEAN, invlpg, irqs, type Litmus, load, onePage, send, set } from "./litmus.ts";

export const ackWithIrqsOff: Litmus = {
  name: "ack-with-irqs-off",
  about: "r4, r8, L1",
  statement: "Two flippers that both wait with interrupts off never come to an end.",
  source: "smp_call_function_many_cond() warns about it: kernel/smp.c, 6.12",
  picture: [
    "1. both CPUs have interrupts off",
    "2. each sends the other an IPI",
    "3. each waits for the other's acknowledgement",
  ],
  world: {
    spaces: { kernel: onePage("frame") },
    loaded: ["kernel", "kernel"],
    frames: { frame: CLEAN },
    variables: { first: 0, second: 0 },
    registers: ["done"],
    stores: 1,
    speculation: [[], []],
    irqsOff: [0, 1],
  },
  variants: {
    "irqs-off": {
      note: "no outcome at all",
      programs: [
        [send(1), awaits("second", 1), load("done", "second"), irqs(true)],
        [send(0), awaits("first", 1), irqs(true)],
      ],
      handlers: [
        [invlpg(0), set("first", 1)],
        [invlpg(0), set("second", 1)],
      ],
      allowed: [],
      forbidden: ["done=1"],
    },
    "irqs-on": {
      note: "each serves the other while it waits",
      programs: [
        [irqs(true), send(1), awaits("second", 1), load("done", "second")],
        [irqs(true), send(0), awaits("first", 1)],
      ],
      handlers: [
        [invlpg(0), set("first", 1)],
        [invlpg(0), set("second", 1)],
      ],
      allowed: ["done=1"],
      forbidden: [],
    },
  },
};
