import type { Claim, ClaimView, Witness } from "../../model/claim.ts";
import { PLACE_FIRST_LIST } from "../../model/lists.ts";

/** A state in which nothing can move by itself, and yet a queue is not empty. Judged by the search, which knows what can move. */
export const queueDrains: Claim = {
  id: "L4",
  kind: "liveness",
  statement: "Every queued page always becomes allocatable without a further call: a wake-up is never lost.",
  because: "A page that nobody will ever process is leaked; enough of them are an OOM.",
  moment: "every state in which no progress action is enabled",
  check: stuckQueue,
  recheck: stuckQueue,
  reach: {
    statement: "A page waits in a queue.",
    occurs: ({ machine }) => machine.hasUndrained(),
  },
};

export const noDeadlock: Claim = {
  id: "DEADLOCK",
  kind: "deadlock",
  statement:
    "A call or worker that has begun is never stuck: some progress action is always enabled until it has returned.",
  because: "The machine hangs.",
  moment: "every state in which no progress action is enabled",
  check: stuckCall,
  recheck: stuckCall,
  reach: {
    statement: "A call is in progress.",
    occurs: ({ machine }) => !machine.isQuiescent(),
  },
};

function stuckQueue({ machine }: ClaimView): Witness | undefined {
  if (!machine.isQuiescent() || !machine.hasUndrained()) return undefined;
  const { kinds } = machine.world.lists;
  const kind = kinds.findIndex(
    (candidate, index) => candidate.mustDrain && machine.k.lists.pagesIn(PLACE_FIRST_LIST + index) > 0,
  );
  const pages = machine.k.lists.pagesIn(PLACE_FIRST_LIST + kind);
  const list = kinds[kind]?.name ?? "";
  return {
    conjunct: "whoever is to empty a queue is running or will be woken",
    operands: { list, pages, running: "nothing" },
    text: `nothing is running or will be woken, and ${pages} page(s) wait on a ${list} list`,
  };
}

function stuckCall({ machine }: ClaimView): Witness | undefined {
  if (machine.isQuiescent()) return undefined;
  for (let cpu = 0; cpu < machine.world.cpus; cpu++) {
    for (let level = machine.world.stacks.levels.length - 1; level >= 0; level--) {
      if (machine.k.depth(cpu, level) === 0) continue;
      const { name } = machine.k.programAt(cpu, level);
      const { label } = machine.k.stepAt(cpu, level);
      return {
        cpu,
        conjunct: "whoever has begun a call or a worker can take a step",
        operands: { cpu, program: name, step: label },
        text: `cpu${cpu} waits for ever in ${name}, step ${label}`,
      };
    }
  }
  return undefined;
}
