import { describe } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { isLarger } from "../../tools/exploration-table.ts";
import { exploredAgain } from "./explored-again.ts";

describe("standard worlds, with benches for parts", () => {
  exploredAgain((row) => findDesign(row.design).probe === true && !isLarger(row));
});
