import { describe } from "vitest";
import { isLarger } from "../../tools/exploration-table.ts";
import { exploredAgain } from "./explored-again.ts";

describe("standard worlds, with benches for the restricted map", () => {
  exploredAgain((row) => row.design.startsWith("map-probe") && !isLarger(row));
});
