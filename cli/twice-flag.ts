import type { Command } from "commander";
import type { Session } from "./session.ts";

export interface TwiceFlag {
  /** Undefined: whatever the surroundings say. */
  readonly twice?: boolean;
}

export function twiceFlag(command: Command): Command {
  return command
    .option("--twice", "run everything a second time and compare every state (default where CI is set)")
    .option("--no-twice", "run once, also where CI is set");
}

/** Continuous integration looks twice unless it is told not to. */
export function isTwice(session: Session, { twice }: TwiceFlag): boolean {
  return twice ?? !["", "0", "false"].includes(session.io.env.CI ?? "");
}
