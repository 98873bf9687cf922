import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { kunitText } from "../../../report/formats/kunit.ts";
import { hostileRun } from "./hostile-run.ts";
import { AREAS, sampleRun } from "./sample-runs.ts";

const folder = mkdtempSync(join(tmpdir(), "asilab-kunit-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The few declarations that the skeleton leans on, so that a compiler can read it without a kernel tree. */
const STUB = `
#define NULL ((void *)0)
#define HZ 100
#define bool _Bool
#define false 0
typedef unsigned int gfp_t;
#define GFP_KERNEL 1u
#define GFP_HIGHUSER_MOVABLE 2u
struct page; struct kunit; struct task_struct;
struct completion { unsigned int done; };
void init_completion(struct completion *);
void complete(struct completion *);
void wait_for_completion(struct completion *);
unsigned long wait_for_completion_timeout(struct completion *, unsigned long);
struct page *alloc_pages(gfp_t, unsigned int);
void __free_pages(struct page *, unsigned int);
struct task_struct *kthread_create_on_cpu(int (*)(void *), void *, unsigned int, const char *);
int wake_up_process(struct task_struct *);
unsigned int num_online_cpus(void);
void kunit_skip(struct kunit *, const char *);
void expect(struct kunit *, int, ...);
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p) expect(test, (p) != NULL)
#define KUNIT_EXPECT_NE(test, a, b) expect(test, (a) != (b))
#define KUNIT_EXPECT_TRUE_MSG(test, c, f, ...) expect(test, c, f, __VA_ARGS__)
struct kunit_case { void (*run)(struct kunit *); };
struct kunit_suite { const char *name; struct kunit_case *test_cases; };
#define KUNIT_CASE(f) { f }
#define kunit_test_suite(s) struct kunit_suite *the_##s = &s
#define MODULE_LICENSE(s) extern const char license[sizeof(s)]
#define MODULE_DESCRIPTION(s) extern const char description[sizeof(s)]
`;

const HEADERS = ["kunit/test", "linux/completion", "linux/gfp", "linux/kthread", "linux/mm", "linux/module"];
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

function writeStubs(): void {
  for (const header of HEADERS) {
    mkdirSync(join(folder, header, ".."), { recursive: true });
    writeFileSync(join(folder, `${header}.h`), `#ifndef STUB\n#define STUB\n${STUB}#endif\n`);
  }
}

/** What gcc says of several files; nothing when they are in order. */
function complaints(texts: readonly string[]): string {
  writeStubs();
  const files = texts.map((text, at) => {
    const file = join(folder, `case-${at}.c`);
    writeFileSync(file, text);
    return file;
  });
  const flags = ["-std=gnu11", "-fsyntax-only", "-Wall", "-Werror", "-Wno-unused-variable", "-Wno-unused-function"];
  return spawnSync("gcc", [...flags, "-I", folder, ...files], { encoding: "utf8" }).stderr;
}

// The compiler is a referee that not every machine has.
describe.skipIf(!hasGcc)("gcc", () => {
  it("reads the skeleton of each area's counterexample without a complaint", () => {
    expect(complaints(AREAS.map((area) => kunitText(sampleRun(area))))).toBe("");
  });

  it("reads skeletons of runs whose every name is hostile", () => {
    expect(complaints(fc.sample(hostileRun(), { seed: 3, numRuns: 24 }).map(kunitText))).toBe("");
  });

  it("complains of a skeleton that is not in order", () => {
    expect(complaints([kunitText(sampleRun("flip")).replace("= alloc_pages(", "= alloc_page(")])).toContain("error");
  });
});

describe("a KUnit skeleton", () => {
  const text = kunitText(sampleRun("deferred free"));

  it("makes the calls of the run in its order, each on its CPU, and frees the page that was allocated", () => {
    const lines = text.split("\n").map((line) => line.trim());
    const calls = lines.filter((line) => /^(static int on_cpu|wait_for_completion\(|page_|__free)/.test(line));
    expect(calls).toEqual([
      "static int on_cpu0(void *unused)",
      "wait_for_completion(&turn[0]);",
      "page_0 = alloc_pages(GFP_KERNEL, 0);",
      "static int on_cpu1(void *unused)",
      "wait_for_completion(&turn[1]);",
      "__free_pages(page_0, 0);",
      "wait_for_completion(&turn[2]);",
      "wait_for_completion(&turn[3]);",
      "page_1 = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_SENSITIVE, 0);",
    ]);
  });

  it("does not pass before its condition has been written", () => {
    expect(text).toMatch(/asilab_claim_holds\(void\)\n\{\n\treturn false;/);
    expect(text).toContain('KUNIT_EXPECT_TRUE_MSG(test, asilab_claim_holds(), "%s", "S1: cpu0 runs mm0');
  });

  it("tells in a comment what the allocator's interface cannot make happen", () => {
    expect(text).toContain("/* asi_async_free [asi_async_free, flush_tlb_kernel_range] */");
  });
});
