import type { NamedWorld } from "./named-world.ts";

export const MAPS: readonly NamedWorld[] = [];
