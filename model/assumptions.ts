/** One thing a verdict takes for granted. The id is for ever; docs/assumptions.md says what would falsify it. */
export interface Assumption {
  readonly id: string;
  readonly sentence: string;
}

/**
 * What every verdict leans on and no run of this tool can check, in the order in which verdicts print the ids.
 *
 * - **Shapes, units**: ids are `A-` and upper case with dashes; a sentence has no full stop at its end.
 * - **Source**: the boundary of S1 as it is stated in docs/modelling.md; each id has a section in docs/assumptions.md.
 */
export const ASSUMPTIONS: readonly Assumption[] = [
  assumption("A-L1TF", "a not-present table entry cannot be used to read the frame whose number it still holds"),
  assumption("A-FILL-BUFFERS", "data already in caches, fill buffers, store buffers or registers is cleaned by others"),
  assumption("A-SMT", "no hostile sibling thread shares a core with one that holds a secret"),
  assumption("A-DMA", "no device reads or writes a frame behind the page tables"),
  assumption("A-EPT", "a guest reaches host memory only through the kernel's own decisions about its nested tables"),
  assumption("A-SMM", "firmware in system management mode and below leaks nothing and changes no mapping"),
  assumption("A-MISCLASSIFIED", "whatever is secret was asked for as sensitive memory"),
  assumption(
    "A-TLB-RULES",
    "processors keep the architecture's rules for translations, or the kernel works around them",
  ),
  assumption("A-STRONG-ORDER", "a store of one CPU is seen by all others at once and in program order"),
  assumption("A-ALIASES", "the physmap is the only kernel mapping through which a frame is reached"),
];

function assumption(id: string, sentence: string): Assumption {
  return { id, sentence };
}
