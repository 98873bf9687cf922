import type { NamedWorld } from "./named-world.ts";

export const TRANSITIONS: readonly NamedWorld[] = [];
