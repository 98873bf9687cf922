import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ASSUMPTIONS } from "../../model/assumptions.ts";
import { docs } from "../../tools/docs.ts";
import { markdownFiles } from "../../tools/markdown-files.ts";
import { anchors, brokenLinks } from "./markdown-links.ts";

const PAGES = markdownFiles(".");

describe("the pages", () => {
  it("every relative link leads to a file, and every anchor to a heading of it", () => {
    expect(PAGES.flatMap((page) => brokenLinks(page))).toEqual([]);
  });

  it("every decision says its context, its choice, its price and what would reverse it", () => {
    const decisions = PAGES.filter((page) => /^docs\/decisions\/\d{4}-.+\.md$/.test(page));
    const wanted = ["context", "choice", "what-we-gave-up", "what-would-change-our-mind"];
    const lacking = decisions.flatMap((page) => {
      const has = anchors(readFileSync(page, "utf8"));
      return wanted.filter((heading) => !has.has(heading)).map((heading) => `${page}: no ${heading}`);
    });
    expect(decisions.length).toBeGreaterThan(0);
    expect(lacking).toEqual([]);
  });

  it("decisions are numbered from 0001 without a gap", () => {
    const numbers = PAGES.flatMap((page) => /^docs\/decisions\/(\d{4})-/.exec(page)?.[1] ?? []);
    expect(numbers.map(Number)).toEqual(numbers.map((_, at) => at + 1));
  });

  it("every assumption has a section of its own in docs/assumptions.md, and every section an assumption", () => {
    const headings = [...anchors(readFileSync("docs/assumptions.md", "utf8"))].filter((name) => name.startsWith("a-"));
    expect(headings.sort()).toEqual(ASSUMPTIONS.map(({ id }) => id.toLowerCase()).sort());
  });
});

describe("generated blocks", () => {
  let root = "";
  const generators = new Map([["sum", () => "1 + 1 = 2"]]);
  const page = (body: string) => `# T\n\n<!-- generated:sum -->\n${body}\n<!-- /generated -->\n\nafter\n`;
  const lay = (path: string, text: string) => writeFileSync(join(root, path), text);
  const read = (path: string) => readFileSync(join(root, path), "utf8");

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "asilab-docs-"));
    mkdirSync(join(root, "docs"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("checking names the file, line and block that drifted and changes nothing", async () => {
    lay("docs/a.md", page("1 + 1 = 3"));
    expect(await docs(root, "check", generators)).toEqual([
      "docs/a.md:3: block sum: differs from what its generator says",
    ]);
    expect(read("docs/a.md")).toBe(page("1 + 1 = 3"));
  });

  it("writing replaces the block alone, and a second check is silent", async () => {
    lay("docs/a.md", page("1 + 1 = 3"));
    expect(await docs(root, "write", generators)).toEqual([]);
    expect(read("docs/a.md")).toBe(page("\n1 + 1 = 2\n"));
    expect(await docs(root, "check", generators)).toEqual([]);
    expect(existsSync(join(root, "docs/a.md.new"))).toBe(false);
  });

  it("an unknown block and a block without an end are reported in both modes and left alone", async () => {
    const text = "<!-- generated:nobody -->\n<!-- /generated -->\n<!-- generated:sum -->\n";
    lay("a.md", text);
    const reports = [
      "a.md:1: block nobody: no generator of this name; known are: sum",
      'a.md:3: block sum: no line "<!-- /generated -->"',
    ];
    expect(await docs(root, "check", generators)).toEqual(reports);
    expect(await docs(root, "write", generators)).toEqual(reports);
    expect(read("a.md")).toBe(text);
  });

  it("a marker shown inside a code fence is text", async () => {
    lay("a.md", `\`\`\`html\n${page("old")}\`\`\`\n`);
    expect(await docs(root, "check", generators)).toEqual([]);
  });

  it("a link to a missing file and one to a missing heading are both found", () => {
    lay("a.md", "[x](docs/none.md) [y](b.md#here) [z](b.md#gone) [w](https://example.org/)\n`[c](code.md)`\n");
    lay("b.md", "## Here\n");
    expect(brokenLinks("a.md", root)).toEqual(["a.md:1: docs/none.md", "a.md:1: b.md#gone"]);
  });
});
