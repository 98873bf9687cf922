import { describe } from "vitest";
import { findDesign } from "../../harness/find-design.ts";
import { isLarger } from "../../tools/exploration-table.ts";
import { exploredAgain } from "./explored-again.ts";

describe("standard worlds, with benches for transitions and shootdowns", () => {
  exploredAgain(
    ({ design, ...row }) =>
      findDesign(design).probe === true && !design.startsWith("map-probe") && !isLarger({ design, ...row }),
  );
});
