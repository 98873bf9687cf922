import type { NamedWorld } from "./named-world.ts";

export const FLIPS: readonly NamedWorld[] = [];
