import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../model/failure.ts";
import { openBytes, readTextIfPresent } from "../../platform/byte-source.ts";

const folder = mkdtempSync(join(tmpdir(), "asilab-bytes-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Does not compress to nothing, so that cutting and damaging hit data. */
const TEXT = Array.from({ length: 60_000 }, (_, i) => `line ${(i * 2_654_435_761) % 1_000_003}\n`).join("");

describe("openBytes", () => {
  it("delivers a plain file as it is and a gzipped one unpacked, whatever their names", async () => {
    expect(await textOf(file("plain.gz", TEXT))).toBe(TEXT);
    expect(await textOf(file("packed.txt", gzipSync(TEXT)))).toBe(TEXT);
  });

  it("delivers a file shorter than a magic number", async () => {
    expect(await textOf(file("tiny", "a"))).toBe("a");
  });

  it("delivers all members of a gzip file made of several", async () => {
    expect(await textOf(file("two.gz", Buffer.concat([gzipSync("a\n"), gzipSync("b\n")])))).toBe("a\nb\n");
  });

  it.each([
    ["a missing file", () => join(folder, "absent"), "FILE-MISSING"],
    ["a file below a file", () => join(file("f", "x"), "below"), "FILE-MISSING"],
    ["a directory", () => folder, "FILE-IS-DIRECTORY"],
    ["an empty file", () => file("empty", ""), "FILE-EMPTY"],
    ["a gzip file of nothing", () => file("empty.gz", gzipSync("")), "FILE-EMPTY"],
    ["a gzip file cut in its data", () => file("cut.gz", gzipSync(TEXT).subarray(0, 100_000)), "GZ-TRUNCATED"],
    ["a gzip file cut in its check sum", () => file("cut2.gz", gzipSync(TEXT).subarray(0, -3)), "GZ-TRUNCATED"],
    ["a gzip file with damaged bytes", () => file("bad.gz", damaged(gzipSync(TEXT))), "GZ-CORRUPT"],
    ["an xz file", () => file("t.xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])), "FILE-FORMAT"],
  ])("refuses %s with one message that names it", async (_what, make, code) => {
    const path = make();
    const error = await textOf(path).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(path) });
  });

  it("lets a reader stop early", async () => {
    for await (const chunk of openBytes(file("stop.gz", gzipSync(TEXT.repeat(20))))) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

describe("readTextIfPresent", () => {
  it("tells an absent file from an unreadable one", async () => {
    expect(await readTextIfPresent(join(folder, "absent"))).toBeUndefined();
    expect(await readTextIfPresent(file("present", "x"))).toBe("x");
    await expect(readTextIfPresent(folder)).rejects.toMatchObject({ code: "FILE-IS-DIRECTORY" });
    await expect(readTextIfPresent(file("large", "xxxx"), 3)).rejects.toMatchObject({ code: "FILE-TOO-LARGE" });
  });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function damaged(packed: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(packed);
  copy.fill(0xff, 5000, 5100);
  return copy;
}

async function textOf(path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openBytes(path)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}
