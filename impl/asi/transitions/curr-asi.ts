import type { Kernel } from "../../../model/kernel.ts";
import { asiColumns } from "../../../model/space-columns.ts";
import type { TransitionPolicy } from "./switches.ts";

/** The CPU's own view of curr_asi: 0 for NULL. */
export function loadCurrAsi(k: Kernel): number {
  return k.load(k.of(asiColumns).currAsi, k.cpu);
}

/**
 * Writes it. Only under "generations" does another CPU race on it, and sees it late; under "flush" the CR3 write beside it
 * would empty the store buffer anyway.
 */
export function storeCurrAsi(k: Kernel, transitions: TransitionPolicy, asiClass: number): void {
  const { currAsi } = k.of(asiColumns);
  if (transitions === "generations") k.store(currAsi, k.cpu, asiClass);
  else currAsi.set(k.cpu, asiClass);
}
