import { pageAllocator } from "../impl/mm/page-allocator.ts";
import type { Recorder } from "../model/column.ts";
import type { Design } from "../model/design.ts";
import { assert } from "../model/failure.ts";
import { Machine, type MenuEntry } from "../model/machine.ts";
import type { Software } from "../model/software.ts";
import { scenarioRequests } from "./requests.ts";
import type { Scope } from "./scope.ts";
import { SETUPS } from "./setups.ts";

const softwareOf = new Map<Design, Software>();

/** The page allocator with this design plugged in; built once per design. */
export function softwareFor(design: Design): Software {
  const known = softwareOf.get(design) ?? pageAllocator(design);
  softwareOf.set(design, known);
  return known;
}

/** What tasks of a scenario may ask for: one page of either kind. */
const MENU: readonly MenuEntry[] = [
  { request: 0, order: 0 },
  { request: 1, order: 0 },
];

/** A machine at the beginning of a scenario: booted, set up, quotas granted. */
export function machineFor(
  design: Design,
  scope: Scope,
  menu: readonly MenuEntry[] = MENU,
  recorder?: Recorder,
): Machine {
  const machine = new Machine(
    softwareFor(design),
    {
      geometry: scope.geometry,
      cpus: scope.cpus,
      pages: scope.pages,
      mms: scope.mms,
      requests: scenarioRequests(design),
      translations: scope.translations,
      modes: scope.modes,
      irq: scope.irq,
      preempt: scope.preempt,
    },
    menu,
    recorder,
  );
  machine.boot([]);
  const setup = SETUPS.find((known) => known.name === scope.setup);
  assert(setup !== undefined, "a parsed scope names a known set-up");
  setup.run(machine, () => {});
  scope.calls.forEach((calls, cpu) => {
    machine.grant(cpu, calls);
  });
  machine.clearStep();
  return machine;
}
