import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readTraceMeta } from "../../harness/trace/meta.ts";
import { FREE_MAP_SCRIPT, META_SCRIPT, RECORD_SCRIPT, recordRecipe } from "../../harness/trace/recipe.ts";

const folder = mkdtempSync(join(tmpdir(), "asilab-recipe-"));
mkdirSync(join(folder, "NAME.before"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the recipe of trace record", () => {
  it("contains its three scripts, and its prose fits 120 columns", () => {
    const recipe = recordRecipe();
    for (const line of [RECORD_SCRIPT, FREE_MAP_SCRIPT, META_SCRIPT].join("").split("\n"))
      expect(recipe).toContain(line);
    const prose = recipe.split("\n").filter((line) => !line.startsWith("     "));
    expect(prose.filter((line) => line.length > 120)).toEqual([]);
  });

  it("enables every event that a replay reads and not the one that repeats frees", () => {
    for (const event of ["mm_page_alloc ", "mm_page_free ", "zone_locked", "pcpu_drain", "extfrag", "tlb_flush"]) {
      expect(RECORD_SCRIPT).toContain(event);
    }
    expect(RECORD_SCRIPT).not.toContain("free_batched");
  });

  it("is a valid shell script", () => {
    execFileSync("sh", ["-n", "-c", RECORD_SCRIPT]);
  });

  it("cuts runs of free pages into the largest aligned blocks", () => {
    // Pages 2..8 and 1024..2047 are free (bit 10), other bits are set at random.
    const flags = new BigUint64Array(2048).map((_, pfn) =>
      (pfn >= 2 && pfn <= 8) || pfn >= 1024 ? 0x400n | BigInt(pfn & 3) : BigInt(pfn & 7) | (1n << 33n),
    );
    writeFileSync(join(folder, "NAME.before/kpageflags"), new Uint8Array(flags.buffer));
    execFileSync("sh", ["-c", FREE_MAP_SCRIPT], { cwd: folder });
    const map = gunzipSync(readFileSync(join(folder, "NAME.before/freeblocks.txt.gz"))).toString();
    expect(map).toBe("2 1\n4 2\n8 0\n400 10\n");
  });

  it("writes a meta file that the meta reader takes", () => {
    writeFileSync(join(folder, "NAME.before/zoneinfo"), ZONEINFO);
    execFileSync("sh", ["-c", META_SCRIPT], { cwd: folder });
    const meta = readTraceMeta(readFileSync(join(folder, "NAME.meta.json"), "utf8"), "NAME.meta.json");
    expect(
      meta.zones.map(({ name, startPfn, spanned, managed, pcpBatch, pcpHigh, watermarkHigh }) => [
        name,
        startPfn,
        spanned,
        managed,
        pcpBatch,
        pcpHigh,
        watermarkHigh,
      ]),
    ).toEqual([
      ["DMA", 1, 4095, 3840, 1, 118, 284],
      ["DMA32", 4096, 192_468, 177_005, 31, 5415, 12_996],
    ]);
  });
});

const zone = (name: string, numbers: readonly number[]) => `Node 0, zone ${name.padStart(8)}
  pages free     ${numbers[0]}
        min      ${numbers[1]}
        low      ${numbers[2]}
        high     ${numbers[3]}
        spanned  ${numbers[4]}
        present  ${numbers[4]}
        managed  ${numbers[5]}
  pagesets
    cpu: 0
              count: 0
              high:  ${numbers[6]}
              batch: ${numbers[7]}
    cpu: 1
              count: 9
              high:  99
              batch: 9
  start_pfn:           ${numbers[8]}
`;

const ZONEINFO =
  zone("DMA", [3808, 190, 237, 284, 4095, 3840, 118, 1, 1]) +
  zone("DMA32", [138_645, 8664, 10_830, 12_996, 192_468, 177_005, 5415, 31, 4096]) +
  zone("Normal", [0, 0, 0, 0, 0, 0, 0, 1, 0]);
