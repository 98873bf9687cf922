import { parseScope } from "../harness/scope.ts";
import { InputError } from "../model/failure.ts";

const DEFAULT_SIZE = "cpus=2,pages=2";
const KEYS = ["cpus", "pages"];

/**
 * Reads `--scope` for the specification, which has CPUs and pages and nothing else.
 *
 * - **Errors**: `InputError` BAD-SCOPE.
 */
export function specificationSize(text: string): { readonly cpus: number; readonly pages: number } {
  const { cpus, pages } = parseScope(text === "" ? DEFAULT_SIZE : `${text}${missing(text)}`);
  for (const part of text.split(",").filter((piece) => piece.trim() !== "")) {
    const key = part.split("=")[0]?.trim() ?? "";
    if (KEYS.includes(key)) continue;
    throw new InputError("BAD-SCOPE", `${key}: the specification has cpus and pages only`, `--scope ${DEFAULT_SIZE}`);
  }
  return { cpus, pages };
}

/** What the user left out, from the default. */
function missing(text: string): string {
  const given = text.split(",").map((part) => part.split("=")[0]?.trim());
  return DEFAULT_SIZE.split(",")
    .filter((part) => !given.includes(part.split("=")[0]))
    .map((part) => `,${part}`)
    .join("");
}
