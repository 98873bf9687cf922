/** How far the model may be from the kernel for a figure to count as met. */
export interface Target {
  /** Share of the kernel's figure. */
  readonly share: number;
  /** Met as well when the two differ by no more than this, whatever the share. */
  readonly atMost: number;
  readonly words: string;
}

export const TARGETS = {
  /** Refills and drains. */
  traffic: { share: 0.1, atMost: 0, words: "within 10 %" },
  freePages: { share: 0.01, atMost: 0, words: "within 1 %" },
  buddyinfo: { share: 0.15, atMost: 0, words: "within 15 %" },
  fallbacks: { share: 1, atMost: 20, words: "within a factor 2 or 20 events" },
} as const satisfies Record<string, Target>;

/** One figure of the kernel beside the model's. */
export interface Figure {
  readonly name: string;
  readonly kernel: number;
  readonly model: number;
  readonly target?: Target;
}

/** Met, missed, or nothing to meet: a figure that is shown for its own sake. */
export type Meets = "met" | "missed" | "untargeted";

/** A factor 2 means between half and twice; every other share is of the kernel's figure. */
export function meets({ kernel, model, target }: Figure): Meets {
  if (target === undefined) return "untargeted";
  if (Math.abs(model - kernel) <= target.atMost) return "met";
  const low = target.share >= 1 ? kernel / (1 + target.share) : kernel * (1 - target.share);
  return model >= low && model <= kernel * (1 + target.share) ? "met" : "missed";
}

/** Signed difference as a share of the kernel's figure; infinite where the kernel has none and the model some. */
export function deviation({ kernel, model }: Figure): number {
  if (model === kernel) return 0;
  return kernel === 0 ? Number.POSITIVE_INFINITY : (model - kernel) / kernel;
}
