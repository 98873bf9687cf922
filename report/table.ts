import Table from "cli-table3";
import type { DesignResult, VerdictWord } from "../model/verdict.ts";
import { abbreviations, shortClaim } from "./claim-names.ts";
import type { Ink } from "./ink.ts";
import { wrap } from "./wrap.ts";

/** One sign per verdict; `word` for those who ask for words. */
const SIGNS: Readonly<Record<VerdictWord, { readonly sign: string; readonly word: string }>> = {
  holds: { sign: "✓", word: "holds" },
  violated: { sign: "✗", word: "VIOLATED" },
  unknown: { sign: "?", word: "unknown" },
  "n/a": { sign: "–", word: "n/a" },
};

/**
 * Designs × claims as lines: one row per design, one sign per claim, and the legend. 80 columns for eleven claims; where more
 * apply, each row names those that are violated or unknown and counts the rest. Results with claims of their own (the
 * specification) have a table of their own.
 *
 * - **Shapes, units**: lines without line ends; claims in the order of the first result that has them.
 */
export function verdictTable(results: readonly DesignResult[], ink: Ink): string[] {
  const groups = new Map<string, DesignResult[]>();
  for (const result of results) {
    const key = result.claims.map((claim) => claim.id).join();
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const judged = results.flatMap((result) => result.claims.filter(({ verdict }) => verdict !== "n/a"));
  const short = abbreviations([...new Set(judged.map((claim) => claim.id))]);
  const signs = Object.values(SIGNS).map(({ sign, word }) => `${sign} ${word.toLowerCase()}`);
  return [
    ...[...groups.values()].flatMap((group) => [...oneTable(group, ink), ""]),
    [...signs, "* as declared"].join("   "),
    ...(short === "" ? [] : wrap(short, WIDTH)),
  ];
}

function oneTable(results: readonly DesignResult[], ink: Ink): string[] {
  const ids = results[0]?.claims.map((claim) => claim.id) ?? [];
  const judged = ids.filter((_, i) => results.some((result) => result.claims[i]?.verdict !== "n/a"));
  const shown = ids.length <= SIGNS_MOST ? ids : judged;
  if (shown.length > SIGNS_MOST) return listTable(results, ink);
  const table = new Table({
    head: ["design", "verdict", ...shown.map(shortClaim)],
    chars: BORDERLESS,
    style: { "padding-left": 0, "padding-right": 1, head: [], border: [], compact: true },
  });
  for (const result of results) {
    table.push([
      result.id,
      verdictCell(result, ink),
      ...result.claims.filter((claim) => shown.includes(claim.id)).map((claim) => signOf(claim.verdict, ink)),
    ]);
  }
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** Claims whose signs fit beside one another. */
const SIGNS_MOST = 12;

/** One row per design where there are too many claims for signs: what is violated or unknown by id, the rest counted. */
function listTable(results: readonly DesignResult[], ink: Ink): string[] {
  const names = Math.max(...results.map((result) => result.id.length));
  const rows = results.flatMap((result) => {
    const head = `${result.id.padEnd(names)} `;
    const [first = "", ...rest] = wrap(claimsOf(result), WIDTH - head.length - VERDICT);
    const verdict = `${result.verdict}${isAsDeclared(result) ? "*" : ""}`.padEnd(VERDICT);
    return [
      `${head}${paint(result.verdict, verdict, ink)}${first}`,
      ...rest.map((line) => `${" ".repeat(head.length + VERDICT)}${line}`),
    ];
  });
  return [`${"design".padEnd(names)} ${"verdict".padEnd(VERDICT)}claims`, ...rows].map((line) => line.trimEnd());
}

/** `✗ S5 S6 ✓ 20 – 11`. */
function claimsOf(result: DesignResult): string {
  return Object.entries(SIGNS)
    .map(([word, { sign }]) => {
      const ids = result.claims.filter((claim) => claim.verdict === word).map((claim) => claim.id);
      if (ids.length === 0) return "";
      const named = word === "violated" || word === "unknown";
      return `${sign} ${named ? ids.map(shortClaim).join(" ") : ids.length}`;
    })
    .filter((part) => part !== "")
    .join("  ");
}

const WIDTH = 80;
const VERDICT = 11;

function isAsDeclared(result: DesignResult): boolean {
  return result.expected === "violated" && result.verdict === "violated";
}

/** The same in words, one line per design and claim; for readers of logs and for screen readers. */
export function verdictWords(results: readonly DesignResult[]): string[] {
  return results.flatMap((result) =>
    result.claims.map(
      (claim) => `${result.id}  ${claim.id}  ${SIGNS[claim.verdict].word}  ${claim.reason ?? claim.completeness}`,
    ),
  );
}

/** `violated*`: the star says that this is what the design declares. */
function verdictCell(result: DesignResult, ink: Ink): string {
  const text = `${result.verdict}${isAsDeclared(result) ? "*" : ""}`;
  return paint(result.verdict, text, ink);
}

function signOf(verdict: VerdictWord, ink: Ink): string {
  return paint(verdict, SIGNS[verdict].sign, ink);
}

function paint(verdict: VerdictWord, text: string, ink: Ink): string {
  switch (verdict) {
    case "holds":
      return ink.green(text);
    case "violated":
      return ink.red(text);
    case "unknown":
      return ink.yellow(text);
    case "n/a":
      return ink.dim(text);
  }
}

const BORDERLESS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
