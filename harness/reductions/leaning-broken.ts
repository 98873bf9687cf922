/** The search has met what its reduction had taken for granted to be otherwise: it begins again with what was learnt. */
export class LeaningBroken extends Error {
  constructor(
    readonly why: string,
    /** The reduction to go without from now on, where beginning again with it cannot help. */
    readonly without?: "symmetry" | "sections",
  ) {
    super(why);
  }
}
