import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { VERSION_DIFFERENCES } from "../../impl/mm/version-profile.ts";
import { GENERATORS } from "../../tools/docs-generators.ts";
import { regenerate } from "../../tools/generated-blocks.ts";

test("docs/version-profiles.md lists the differences that the code follows", async () => {
  const { drifts } = await regenerate(readFileSync("docs/version-profiles.md", "utf8"), GENERATORS);
  expect(drifts).toEqual([]);
});

test("every difference is told for both versions, and a commit is named by twelve digits or not at all", () => {
  for (const { rule, v6_1, v6_12, patches } of VERSION_DIFFERENCES) {
    expect([rule, v6_1, v6_12].map((text) => text.length > 2)).toEqual([true, true, true]);
    for (const { commit } of patches) if (commit !== undefined) expect(commit).toMatch(/^[0-9a-f]{12}$/);
  }
  expect(new Set(VERSION_DIFFERENCES.map(({ rule }) => rule)).size).toBe(VERSION_DIFFERENCES.length);
});
