import { expect, test } from "vitest";
import { livelyCalls } from "./lively-calls.ts";
import { TouchRecorder } from "./touch-recorder.ts";

test.each([
  ["no-asi", "6.1"],
  ["async-free", "6.12"],
] as const)(
  "no step of the whole allocator under %s reads or writes a column that it does not declare (%s)",
  (design, version) => {
    const recorder = new TouchRecorder();
    const { fault } = livelyCalls(design, version, 3, 8_000, recorder);
    expect(fault).toBeUndefined();
    expect([...recorder.undeclared].sort()).toEqual([]);
    expect(recorder.seen.size).toBeGreaterThan(170);
  },
);
