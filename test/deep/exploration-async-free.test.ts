import { describe } from "vitest";
import { isLarger } from "../../tools/exploration-table.ts";
import { exploredAgain } from "./explored-again.ts";

describe("standard worlds, with asynchronous frees", () => {
  exploredAgain((row) => row.design === "async-free" && !isLarger(row));
});
