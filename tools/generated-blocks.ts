/** Answers the Markdown that stands between the two markers of a block. */
export type BlockGenerator = () => string | Promise<string>;

/** One block whose text differs from what its generator says now, or that cannot be generated at all. */
export interface Drift {
  readonly block: string;
  /** Line of the opening marker, from 1. */
  readonly line: number;
  readonly problem: string;
}

export interface Regenerated {
  readonly text: string;
  readonly drifts: readonly Drift[];
}

const OPENING = /^<!-- generated:([a-z0-9-]+) -->$/;
const CLOSING = "<!-- /generated -->";
const FENCE = /^\s*(```|~~~)/;

/**
 * Rewrites every generated block of one Markdown text and lists the blocks that had drifted.
 *
 * A marker counts only when it is alone on its line and outside a code fence, so that a page can show the syntax.
 *
 * - **Shapes, units**: `text` is a whole file; the answer's `text` equals it when `drifts` is empty.
 * - **Errors**: an unknown block and a block without an end are drifts; their text is left as it was.
 * - **Leaves out**: nested blocks, which are read as content of the outer one.
 */
export async function regenerate(text: string, generators: ReadonlyMap<string, BlockGenerator>): Promise<Regenerated> {
  const lines = text.split("\n");
  const out: string[] = [];
  const drifts: Drift[] = [];
  let fenced = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (FENCE.test(line)) fenced = !fenced;
    out.push(line);
    const block = fenced ? undefined : OPENING.exec(line)?.[1];
    if (block === undefined) continue;
    const end = lines.indexOf(CLOSING, at + 1);
    const generator = generators.get(block);
    if (end < 0 || generator === undefined) {
      drifts.push({ block, line: at + 1, problem: end < 0 ? `no line "${CLOSING}"` : unknown(generators) });
      continue;
    }
    const wanted = `\n${(await generator()).trim()}\n`.split("\n");
    if (wanted.join("\n") !== lines.slice(at + 1, end).join("\n")) {
      drifts.push({ block, line: at + 1, problem: "differs from what its generator says" });
    }
    out.push(...wanted, CLOSING);
    at = end;
  }
  return { text: out.join("\n"), drifts };
}

function unknown(generators: ReadonlyMap<string, BlockGenerator>): string {
  const known = [...generators.keys()].sort().join(", ");
  return `no generator of this name; known are: ${known === "" ? "none" : known}`;
}
