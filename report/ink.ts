import pc from "picocolors";

/** The few colours reports use; without colour each is the text itself. */
export interface Ink {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

export function inkFor(color: boolean): Ink {
  const { red, green, yellow, dim, bold } = pc.createColors(color);
  return { red, green, yellow, dim, bold };
}

/**
 * Whether to colour: what the command line says, else NO_COLOR (any value but the empty one), else whether a terminal reads it.
 */
export function wantsColor(
  flag: boolean | undefined,
  env: Readonly<Record<string, string | undefined>>,
  tty: boolean,
): boolean {
  if (flag !== undefined) return flag;
  if ((env.NO_COLOR ?? "") !== "" || env.TERM === "dumb") return false;
  return tty;
}
