import { FLIPS } from "./flips.ts";
import { MAPS } from "./maps.ts";
import type { NamedWorld } from "./named-world.ts";
import { SHOOTDOWNS } from "./shootdowns.ts";
import { STANDARD } from "./standard.ts";
import { TRANSITIONS } from "./transitions.ts";

/** Every world that `--scope` knows by name. */
export const NAMED_WORLDS: readonly NamedWorld[] = [...STANDARD, ...TRANSITIONS, ...FLIPS, ...MAPS, ...SHOOTDOWNS];
