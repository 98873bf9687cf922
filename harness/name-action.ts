import {
  ACTION,
  actionArg,
  actionCpu,
  encodeAction,
  kindName,
  type NamedAction,
  stepArg,
  stepChoice,
  stepLevel,
} from "../model/action.ts";
import { DEVICE_INTERRUPT, type Machine, NMI } from "../model/machine.ts";
import type { MicroStep } from "../model/program.ts";

/** Names an action that is enabled in the machine's present state. */
export function nameAction(machine: Machine, action: number): NamedAction {
  const kind = kindName(action);
  const cpu = actionCpu(action);
  const arg = actionArg(action);
  switch (kind) {
    case "step":
      return nameStep(machine, action);
    case "ipi":
      return { kind, cpu, peer: arg };
    case "alloc":
    case "irqAlloc": {
      const entry = machine.menu[arg];
      const request = entry === undefined ? undefined : machine.world.requests[entry.request];
      return { kind, cpu, request: request?.name ?? "?", order: entry?.order ?? 0 };
    }
    case "free":
    case "irqFree":
      return { kind, cpu, pfn: arg, order: machine.k.ledger.order(arg) };
    case "drain":
      return { kind, cpu, peer: arg };
    case "worker":
      return { kind, cpu, worker: machine.software.workers[arg]?.name ?? "?" };
    case "fill":
    case "evict":
      return { kind, cpu, pfn: arg };
    case "call": {
      const entry = machine.callMenu[arg];
      return { kind, cpu, call: entry?.call ?? "?", args: entry?.args ?? [] };
    }
    case "interrupt":
      return { kind, cpu, call: arg === NMI ? "nmi" : "irq" };
    default:
      return { kind, cpu };
  }
}

/**
 * Finds the action that a name means in the machine's present state.
 *
 * - **Errors**: a sentence when it is not possible here: the first divergence of a replay.
 */
export function resolveAction(machine: Machine, name: NamedAction): number | string {
  const { cpu } = name;
  if (!(cpu < machine.world.cpus)) return `there is no cpu${cpu}`;
  switch (name.kind) {
    case "step":
      return resolveStep(machine, name);
    case "ipi":
      if (!machine.k.irqsEnabled(cpu)) return `interrupts are off on cpu${cpu}`;
      if (!machine.k.ipiPending(cpu, name.peer ?? 0)) return `no IPI from cpu${name.peer} waits for cpu${cpu}`;
      return encodeAction(ACTION.ipi, cpu, name.peer ?? 0);
    case "alloc":
    case "irqAlloc":
      return resolveAlloc(machine, name);
    case "free":
    case "irqFree":
      if (machine.k.ledger.order(name.pfn ?? -1) < 0) return `pfn ${name.pfn} is not allocated`;
      return enabled(machine, encodeAction(ACTION[name.kind], cpu, name.pfn ?? 0));
    case "worker": {
      const index = machine.software.workers.findIndex((worker) => worker.name === name.worker);
      return index < 0
        ? `there is no worker ${name.worker}`
        : enabled(machine, encodeAction(ACTION.worker, cpu, index));
    }
    case "call": {
      const index = machine.callMenu.findIndex(
        ({ call, args }) => call === name.call && args.join() === (name.args ?? []).join(),
      );
      return index < 0
        ? `the scenario has no call ${name.call}(${(name.args ?? []).join(", ")})`
        : enabled(machine, encodeAction(ACTION.call, cpu, index));
    }
    case "interrupt":
      return enabled(machine, encodeAction(ACTION.interrupt, cpu, name.call === "nmi" ? NMI : DEVICE_INTERRUPT));
    default:
      return enabled(machine, encodeAction(ACTION[name.kind], cpu, name.pfn ?? name.peer ?? 0));
  }
}

function nameStep(machine: Machine, action: number): NamedAction {
  const cpu = actionCpu(action);
  const level = stepLevel(action);
  const step = machine.k.stepAt(cpu, level);
  const choice = step.choices === undefined ? {} : { choice: stepChoice(action) };
  return {
    kind: "step",
    cpu,
    level: machine.world.stacks.levels[level]?.name ?? "?",
    program: machine.k.programAt(cpu, level).name,
    step: step.label,
    ...choice,
  };
}

function resolveStep(machine: Machine, name: NamedAction): number | string {
  const { cpu } = name;
  const level = machine.world.stacks.levels.findIndex((candidate) => candidate.name === name.level);
  if (level < 0 || machine.k.depth(cpu, level) === 0) return `nothing runs on cpu${cpu} at level ${name.level}`;
  const step = machine.k.stepAt(cpu, level);
  const program = machine.k.programAt(cpu, level);
  if (program.name !== name.program || !isCalled(step, name.step)) {
    return `cpu${cpu} is at ${program.name}/${step.label}, not at ${name.program}/${name.step}`;
  }
  return enabled(machine, encodeAction(ACTION.step, cpu, stepArg(level, name.choice ?? 0)));
}

function isCalled(step: MicroStep, label: string | undefined): boolean {
  return step.label === label || (label !== undefined && step.aliases?.includes(label) === true);
}

function resolveAlloc(machine: Machine, name: NamedAction): number | string {
  const index = machine.menu.findIndex(
    (entry) => entry.order === name.order && machine.world.requests[entry.request]?.name === name.request,
  );
  if (index < 0) return `the menu has no request ${name.request} of order ${name.order}`;
  return enabled(machine, encodeAction(ACTION[name.kind], name.cpu, index));
}

function enabled(machine: Machine, action: number): number | string {
  let found = false;
  machine.enumerateCpu(actionCpu(action), (candidate) => {
    if (candidate === action) found = true;
  });
  return found ? action : `${kindName(action)} is not enabled on cpu${actionCpu(action)}`;
}
