import { describe, expect, test } from "vitest";
import { livelyCalls } from "./lively-calls.ts";

const CALLS = 6_000;

describe.each(["no-asi", "async-free"])("under %s", (design) => {
  test.each(["6.1", "6.12"] as const)(
    "structures hold after each of 6,000 calls of every kind under pressure, and every claim after each step (%s)",
    (version) => {
      const { fault, done, kernel } = livelyCalls(design, version, 1, CALLS);
      expect(fault).toBeUndefined();
      expect(kernel.violations()).toEqual([]);
      expect(done.size).toBe(20);
      for (const counter of ["pgsteal_kswapd", "pgmigrate_success", "compact_migrate_scanned", "pswpout"]) {
        expect(kernel.vmstat()).toMatch(new RegExp(`^${counter} [1-9]`, "m"));
      }
    },
  );
});
