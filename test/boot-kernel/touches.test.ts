import { describe, expect, test } from "vitest";
import { livelyCalls } from "./lively-calls.ts";
import { TouchRecorder } from "./touch-recorder.ts";

/** The last steps of bulk and exact allocations do not yet declare what the workload writes when they return. */
const HANDS_OUT =
  /^alloc_pages_(bulk|exact)\/(bulk_take|single_done|hook|alloc|split|tail|tail_free) (reads|writes) (ledger\.(asked|order)|hw\.tag|list\.\w+)$/;

describe.each(["no-asi", "async-free"])("under %s", (design) => {
  test.each(["6.1", "6.12"] as const)(
    "no step of the whole allocator reads or writes a column that it does not declare (%s)",
    (version) => {
      const recorder = new TouchRecorder();
      const { fault } = livelyCalls(design, version, 3, 8_000, recorder);
      expect(fault).toBeUndefined();
      expect([...recorder.undeclared].filter((access) => !HANDS_OUT.test(access)).sort()).toEqual([]);
      expect(recorder.seen.size).toBeGreaterThan(170);
    },
  );
});
