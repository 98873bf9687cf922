import { describe } from "vitest";
import { isLarger } from "../../tools/exploration-table.ts";
import { exploredAgain } from "./explored-again.ts";

describe("standard worlds, without protection and with whole-block flips", () => {
  exploredAgain((row) => (row.design === "no-asi" || row.design === "flip-probe") && !isLarger(row));
});
