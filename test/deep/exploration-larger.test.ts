import { describe } from "vitest";
import { isLarger } from "../../tools/exploration-table.ts";
import { exploredAgain } from "./explored-again.ts";

describe("more calls, preemption, a third CPU", () => {
  exploredAgain(isLarger);
});
