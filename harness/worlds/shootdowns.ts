import type { NamedWorld } from "./named-world.ts";

export const SHOOTDOWNS: readonly NamedWorld[] = [];
