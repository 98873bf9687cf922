import { describe, expect, it } from "vitest";
import { invoke } from "./invoke.ts";

const TEXTS = "test/fixtures/trace-formats";

describe("trace stat", () => {
  it.each([
    ["trace-cmd report", `${TEXTS}/6.1/trace-cmd-report-lost.txt`, "trace-cmd", 48, 349],
    ["perf script", `${TEXTS}/6.12/perf-script-lost.txt`, "perf", 49, 129],
    ["a zstd file of perf script", "test/fixtures/zstd/perf-script.txt.zst", "perf", 50, 0],
    ["the kernel", `${TEXTS}/6.12/tracefs-overrun.txt`, "tracefs", 28, 130_289],
  ])("reads the text of %s and says what it lost", async (_what, file, format, events, lost) => {
    const told = await invoke(["trace", "stat", file, "--json"]);
    expect(told.code).toBe(0);
    expect(JSON.parse(told.out)).toMatchObject({ stat: { format, events, lost: { counted: lost }, unparsed: 0 } });
  });

  it("takes the kernel's flag values from the header of perf script, and prints the names it read", async () => {
    const told = await invoke(["trace", "stat", `${TEXTS}/6.1/perf-script-header.txt`]);
    expect(told.code).toBe(0);
    expect(told.out).toContain("GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL");
  });

  it.each(["perf-record.log", "tracefs-overrun.cpu0-stats.txt", "perf.version.txt"])(
    "refuses %s with one message and exit 2",
    async (file) => {
      const told = await invoke(["trace", "stat", `${TEXTS}/6.1/${file}`]);
      expect(told).toMatchObject({ code: 2, out: "" });
      expect(told.err).toMatch(/^asilab: error TRACE-NO-EVENTS: .*\n {2}try: It (looks like|is) .*\n$/);
    },
  );
});
