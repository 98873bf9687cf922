import type { Design } from "../../model/design.ts";
import type { Machine } from "../../model/machine.ts";
import { machineFor } from "../scenario.ts";
import type { Scope } from "../scope.ts";
import { CpuSymmetry } from "./cpu-symmetry.ts";
import { permutedSteps } from "./permuted-steps.ts";

/** What a design's states may be renamed by in a scope. */
export interface AgreedSymmetry {
  /** `CPU symmetry`, `pageblock symmetry` or both. */
  readonly names: readonly string[];
  /** Blocks of the largest order are renamed, too. */
  readonly blocks: boolean;
  /** The states in which steps were compared with their images. */
  readonly compared: string;
}

interface Agreement {
  readonly symmetry: AgreedSymmetry | undefined;
  /** Why something is not renamed, where there is more than one of it. */
  readonly refusals: readonly string[];
}

/** States whose steps are compared with their images: of the scope with one call for each CPU, and of that with two. */
const COMPARED_STATES = { 1: 40_000, 2: 4_000 } as const;

/** Finds the renamings that leave the beginning of the scope as it is, and keeps those that pass the permuted-step test. */
export function agreeOnSymmetry(design: Design, scope: Scope): Agreement {
  const fresh = machineFor(design, scope);
  const ofCpus = CpuSymmetry.of(fresh);
  const cpusApart = scope.cpus === 1 || ofCpus instanceof CpuSymmetry ? undefined : ofCpus.refused;
  const refusals = cpusApart === undefined ? [] : [`no CPU symmetry: ${cpusApart}`];
  if (scope.pages >> scope.geometry.maxOrder > 1) {
    const all = CpuSymmetry.of(fresh, 0, true);
    if (all instanceof CpuSymmetry && all.hasBlocks) {
      const compared = compareSteps(design, scope, all);
      if ("compared" in compared) return { symmetry: { names: namesOf(all), blocks: true, ...compared }, refusals };
      refusals.push(`no pageblock symmetry: ${compared.refused}`);
    } else refusals.push("no pageblock symmetry: the largest blocks do not begin alike");
  }
  if (!(ofCpus instanceof CpuSymmetry)) return { symmetry: undefined, refusals };
  const compared = compareSteps(design, scope, ofCpus);
  if ("compared" in compared) return { symmetry: { names: namesOf(ofCpus), blocks: false, ...compared }, refusals };
  return { symmetry: undefined, refusals: [`no CPU symmetry: ${compared.refused}`, ...refusals] };
}

function namesOf({ hasCpus, hasBlocks }: CpuSymmetry): string[] {
  return [...(hasCpus ? ["CPU symmetry"] : []), ...(hasBlocks ? ["pageblock symmetry"] : [])];
}

/** Runs the permuted-step test in the scope with one call per CPU, then with two as far as it goes. */
function compareSteps(
  design: Design,
  scope: Scope,
  symmetry: CpuSymmetry,
): { readonly compared: string } | { readonly refused: string } {
  const compared: string[] = [];
  for (const most of [1, 2] as const) {
    const calls = scope.calls.map((quota) => Math.min(quota, most));
    const quotas = calls.join("+");
    if (most === 2 && calls.every((quota) => quota < 2)) continue;
    const fresh = (): Machine => machineFor(design, { ...scope, calls });
    const report = permutedSteps(fresh, symmetry.permuters, COMPARED_STATES[most]);
    if (report.broken !== undefined) return { refused: report.broken };
    if (most === 1 && !report.complete) return { refused: `more than ${report.states} states at calls=${quotas}` };
    compared.push(`${report.complete ? "all" : "the first"} ${report.states} states of calls=${quotas}`);
  }
  return { compared: compared.join(" and ") };
}
