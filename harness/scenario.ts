import { pageAllocator } from "../impl/mm/page-allocator.ts";
import type { Recorder } from "../model/column.ts";
import type { Design } from "../model/design.ts";
import { assert, InputError } from "../model/failure.ts";
import { Machine, type MenuEntry } from "../model/machine.ts";
import type { Software, WorldParameters } from "../model/software.ts";
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

/** What every scenario offers, first on the menu: one page of either kind. Set-ups ask for it by its place. */
const SINGLE_PAGES: readonly MenuEntry[] = [
  { request: 0, order: 0 },
  { request: 1, order: 0 },
];

/** What tasks of a scenario may ask for. */
export function menuOf({ menu = [] }: Scope): readonly MenuEntry[] {
  return [...SINGLE_PAGES, ...menu];
}

/** A machine at the beginning of a scenario: booted, set up, quotas granted. */
export function machineFor(
  design: Design,
  scope: Scope,
  menu: readonly MenuEntry[] = scope.allocates ? menuOf(scope) : [],
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
      ...spacesFor(design, scope),
      modes: scope.modes,
      irq: scope.irq,
      preempt: scope.preempt,
    },
    menu,
    recorder,
    scope.callMenu,
  );
  machine.boot([]);
  const setup = SETUPS.find((known) => known.name === scope.setup);
  assert(setup !== undefined, "a parsed scope names a known set-up");
  setup.run(machine, () => {
    if (scope.spaces !== undefined) fillWhatCanBe(machine);
  });
  scope.calls.forEach((calls, cpu) => {
    machine.grant(cpu, calls);
  });
  machine.clearStep();
  return machine;
}

/**
 * Explicit hardware caches all that it can. Set-ups are not searched, so a world with address spaces begins with what CPUs could
 * have cached by then; what they have not, they may evict. (Where a context is always loaded a CPU may still fill later.)
 */
export function fillWhatCanBe({ k, world }: Machine): void {
  const { spaces, translations } = k.hw;
  if (world.translations !== "explicit") return;
  const rows = spaces?.held.rows.total ?? world.pages;
  for (let cpu = 0; cpu < world.cpus; cpu++) {
    for (let row = 0; row < rows; row++) while (translations.canFill(cpu, row)) translations.fill(cpu, row);
  }
}

function spacesFor(design: Design, scope: Scope): Pick<WorldParameters, "spaces"> {
  if (scope.spaces === undefined) return {};
  if (design.asi === undefined) {
    throw new InputError(
      "BAD-SCOPE",
      `${design.id} has no code for address spaces, and the ${scope.world === undefined ? "scope" : `world ${scope.world}`} has slots`,
      scope.world === undefined
        ? "leave out slots, classes and nmi, or name a design such as flip-probe"
        : "--scope pair, or a design such as flip-probe",
    );
  }
  return { spaces: { ...scope.spaces, globals: design.asi.globals === true } };
}
