import type { SpecificationSize } from "../machines/specification.ts";
import { InputError } from "../model/failure.ts";
import { didYouMean } from "./did-you-mean.ts";
import { parseScope, type Scope } from "./scope.ts";

/** How much `check` does. Counts only: the same budget does the same work on every machine. */
export interface Budget {
  readonly name: string;
  /** Scenario of a design that promises; explored whole. */
  readonly designScope: Scope;
  /** Scenario of a canary: small, and large enough for every break it declares. */
  readonly canaryScope: Scope;
  readonly maxStates: number;
  readonly fuzzRuns: number;
  readonly fuzzSteps: number;
  /** Calls in the whole allocator, by each version's rules. */
  readonly wholeCalls: number;
  /** Sizes of the specification product, and the extensions that ride on each. */
  readonly specifications: readonly SpecificationSize[];
}

/** Slots and owners, interrupts, records of generations, batches, regions and labels: the smallest size of each. */
const EXTENDED: readonly SpecificationSize[] = [
  { cpus: 1, pages: 1, mms: 2, slots: 2 },
  { cpus: 1, pages: 1, mms: 2, slots: 1, policy: "generations" },
  { cpus: 1, pages: 1, nmi: true },
  { cpus: 2, pages: 1, records: true },
  { cpus: 2, pages: 1, batch: true },
  { cpus: 2, pages: 1, physmap: true },
  { cpus: 2, pages: 1, pageblock: true },
];

export const BUDGETS: readonly Budget[] = [
  {
    name: "quick",
    designScope: parseScope("cpus=2,pages=8,calls=3+3"),
    canaryScope: parseScope("cpus=2,pages=8,calls=2+2"),
    maxStates: 5_000_000,
    fuzzRuns: 200,
    fuzzSteps: 2_000,
    wholeCalls: 6_000,
    specifications: [{ cpus: 2, pages: 2 }, ...EXTENDED],
  },
  {
    name: "standard",
    designScope: parseScope("cpus=2,pages=8,calls=3+3"),
    canaryScope: parseScope("cpus=2,pages=8,calls=3+3"),
    maxStates: 10_000_000,
    fuzzRuns: 1_000,
    fuzzSteps: 5_000,
    wholeCalls: 20_000,
    specifications: [{ cpus: 2, pages: 3 }, { cpus: 2, pages: 1, mms: 2, slots: 2 }, ...EXTENDED],
  },
  {
    name: "deep",
    designScope: parseScope("cpus=3,pages=8,calls=2+2+1"),
    canaryScope: parseScope("cpus=2,pages=8,calls=3+3"),
    maxStates: 20_000_000,
    fuzzRuns: 10_000,
    fuzzSteps: 10_000,
    wholeCalls: 100_000,
    specifications: [
      { cpus: 2, pages: 4 },
      { cpus: 2, pages: 1, mms: 2, slots: 2 },
      { cpus: 1, pages: 3, mms: 2, slots: 2 },
      ...EXTENDED,
    ],
  },
];

/**
 * - **Errors**: `InputError` UNKNOWN-BUDGET.
 */
export function findBudget(name: string): Budget {
  const found = BUDGETS.find((budget) => budget.name === name);
  if (found !== undefined) return found;
  const names = BUDGETS.map((budget) => budget.name);
  throw new InputError(
    "UNKNOWN-BUDGET",
    `there is no budget "${name}"${didYouMean(name, names)}`,
    `one of ${names.join(", ")}`,
  );
}
