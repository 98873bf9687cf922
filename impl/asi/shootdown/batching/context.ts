/** What asking whether a flush may start here reads. */
export const CONTEXT_QUESTIONS = [
  "cpu.lockHolder",
  "cpu.preemptOff",
  "cpu.irqsOff",
  "cpu.spinning",
  "cpu.depth",
] as const;
