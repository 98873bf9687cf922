import { type Effect, printEffect } from "./step-effects.ts";

/** Something that one CPU sends to another. */
export interface Arrow {
  readonly label: string;
  readonly to: number;
  /** What it is in words, for a line in which it cannot be drawn where it was sent. */
  readonly words: string;
}

/** A line is words, and arrows at the places among them at which they were sent. */
export type Part = string | Arrow;

/** One line of a timeline. */
export interface TimelineLine {
  /** Its number among the events; none for hardware that acts unseen, and inside a fold. */
  readonly number: number | undefined;
  /** `~` hardware that nobody chose, `-` what is still under way at the end, `✗` the event that violates the claim. */
  readonly mark: "" | "~" | "-" | "✗";
  readonly cpu: number;
  readonly parts: readonly Part[];
  /** Never folded away: something that the witness names changes in it, or it is not an event. */
  readonly fixed: boolean;
}

/** Announces that the next `lines` lines stand for `times` repetitions of them. */
export interface FoldLine {
  readonly from: number;
  readonly through: number;
  readonly times: number;
  readonly lines: number;
}

export function isFold(line: TimelineLine | FoldLine): line is FoldLine {
  return "times" in line;
}

/** A head and what happened: `free_pages(pfn 0): clear pfn 0, flush pfn 0`. */
export function partsOf(head: string, effects: readonly Effect[]): Part[] {
  const parts: Part[] = [];
  let words = effects.length === 0 ? head : `${head}:`;
  let comma = " ";
  for (const effect of effects) {
    if (effect.kind !== "arrow") {
      words = `${words}${words === "" ? "" : comma}${printEffect(effect)}`;
      comma = ", ";
      continue;
    }
    if (words !== "") parts.push(words);
    parts.push({ label: effect.label, to: effect.to, words: effect.words });
    words = "";
  }
  return words === "" ? parts : [...parts, words];
}

/** The whole line in words: `flush_pending: IPI to cpu1, cpu2, flush pfn 0`. `anchor` marks where each arrow starts. */
export function inWords(parts: readonly Part[], anchor: (arrow: Arrow) => string = () => ""): string {
  let text = "";
  parts.forEach((part, at) => {
    const before = parts[at - 1];
    const isNext = typeof before === "object" && typeof part === "object" && before.label === part.label;
    const words = typeof part === "string" ? part : isNext ? part.words.replace(/^.* (?=cpu)/, "") : part.words;
    const glue = at === 0 || words === "" ? "" : text.endsWith(":") ? " " : ", ";
    text += `${glue}${words}${typeof part === "string" ? "" : anchor(part)}`;
  });
  return text;
}
