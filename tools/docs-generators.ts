import { ASSUMPTIONS } from "../model/assumptions.ts";
import type { BlockGenerator } from "./generated-blocks.ts";

/** Every generated block of the Markdown files, by name. A generator is a pure function of the code: same code, same text. */
export const GENERATORS: ReadonlyMap<string, BlockGenerator> = new Map([["assumptions", assumptionTable]]);

function assumptionTable(): string {
  const rows = ASSUMPTIONS.map(({ id, sentence }) => `| [${id}](#${id.toLowerCase()}) | ${sentence} |`);
  return ["| id | what is assumed |", "| --- | --- |", ...rows].join("\n");
}
