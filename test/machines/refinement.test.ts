import { expect, test } from "vitest";

import {
  CONTENT_STATES,
  explainPageStep,
  explainTranslationStep,
  PAGE_STATES,
  pageRefinement,
  pageRefinementDischarged,
  pageStepAllowed,
  TRANSLATION_STATES,
  translationRefinement,
  translationStepAllowed,
} from "../../machines/refinement.ts";

function page(from: string, tagFrom: string, to: string, tagTo: string, discharged = false): boolean {
  return pageStepAllowed(...numbers(from, tagFrom, to, tagTo), discharged);
}

function why(from: string, tagFrom: string, to: string, tagTo: string, discharged = false): string {
  return explainPageStep(...numbers(from, tagFrom, to, tagTo), discharged);
}

function numbers(from: string, tagFrom: string, to: string, tagTo: string): [number, number, number, number] {
  const p = (state: string) => PAGE_STATES.indexOf(state);
  const t = (tag: string) => CONTENT_STATES.indexOf(tag);
  return [p(from), t(tagFrom), p(to), t(tagTo)];
}

function translation(from: string, to: string): boolean {
  return translationStepAllowed(TRANSLATION_STATES.indexOf(from), TRANSLATION_STATES.indexOf(to));
}

test("no page that is mapped or may be stale becomes sensitive in a step that leaves it undischarged", () => {
  const risky = PAGE_STATES.filter((state) => !["free-unmapped", "allocated-sensitive"].includes(state));
  expect(risky.length).toBe(4);
  for (const state of risky) {
    for (const tag of CONTENT_STATES) {
      for (const later of CONTENT_STATES) expect(page(state, tag, "allocated-sensitive", later)).toBe(false);
    }
  }
});

test("the refusal of the theorem's edge says that it is missing on purpose, and why", () => {
  expect(why("pending-flush", "clean", "allocated-sensitive", "clean")).toBe(
    "page pending-flush → allocated-sensitive: no vector; allocSensitive is missing on purpose (S3): " +
      "The next owner's secret lies under a translation that a CPU has not dropped yet.",
  );
});

test("a page whose invalidation is only recorded is handed out by two vectors, flushed and allocSensitive", () => {
  expect(page("pending-flush", "clean", "allocated-sensitive", "clean", true)).toBe(true);
  expect(why("pending-flush", "clean", "allocated-sensitive", "clean", true)).toBe(
    "page pending-flush → allocated-sensitive, content clean → clean: flushed, then allocSensitive",
  );
});

test("a page that shows up free and unmapped was discharged, whether it waited or not", () => {
  expect(page("pending-flush", "secret", "free-unmapped", "secret")).toBe(true);
  expect(page("free-mapped", "clean", "free-unmapped", "clean")).toBe(true);
  expect(why("free-mapped", "clean", "free-unmapped", "clean")).toBe(
    "page free-mapped → free-unmapped, content clean → clean: unmap, then flushed",
  );
});

test("an unzeroed page is never made visible, not even by a step that zeroes it as well", () => {
  expect(page("free-unmapped", "secret", "free-mapped", "secret")).toBe(false);
  expect(page("free-unmapped", "secret", "free-mapped", "clean")).toBe(false);
  expect(page("free-unmapped", "public", "free-mapped", "clean")).toBe(true);
  expect(page("free-unmapped", "secret", "free-unmapped", "clean")).toBe(true);
  expect(why("free-unmapped", "secret", "free-mapped", "clean")).toMatch(/no vector/);
});

test("a free may zero in the same step, since either order is possible", () => {
  expect(page("allocated-sensitive", "secret", "free-unmapped", "clean")).toBe(true);
  expect(page("allocated-nonsensitive", "public", "free-mapped", "clean")).toBe(true);
});

test("the first write of a new owner may come with the hand-out, and only a sensitive one writes secrets", () => {
  expect(page("free-unmapped", "clean", "allocated-sensitive", "secret")).toBe(true);
  expect(page("free-mapped", "clean", "allocated-nonsensitive", "public")).toBe(true);
  expect(page("free-unmapped", "secret", "allocated-nonsensitive-unmapped", "public")).toBe(true);
  expect(page("free-mapped", "clean", "allocated-nonsensitive", "secret")).toBe(false);
  expect(page("free-unmapped", "clean", "allocated-nonsensitive-unmapped", "secret")).toBe(false);
});

test("nobody writes to a page that nobody has", () => {
  for (const state of ["free-unmapped", "free-mapped", "pending-flush"]) {
    expect(page(state, "clean", state, "public")).toBe(false);
    expect(page(state, "clean", state, "secret")).toBe(false);
  }
});

test("a step that moves nothing is allowed everywhere", () => {
  for (let i = 0; i < 18; i++) expect(pageRefinement[i * 18 + i]).toBe(1);
  for (let i = 0; i < 5; i++) expect(translationRefinement[i * 5 + i]).toBe(1);
});

test("discharging a page only adds steps", () => {
  const sum = (table: Uint8Array) => table.reduce((total, allowed) => total + allowed, 0);
  expect(pageRefinement.every((allowed, step) => allowed <= pageRefinementDischarged[step])).toBe(true);
  expect([sum(pageRefinement), sum(pageRefinementDischarged), sum(translationRefinement)]).toEqual([138, 168, 16]);
});

test("a translation moves as its chart says, one edge at a time", () => {
  const moves = TRANSLATION_STATES.flatMap((from) =>
    TRANSLATION_STATES.filter((to) => to !== from && translation(from, to)).map((to) => `${from} → ${to}`),
  );
  expect(moves).toEqual([
    "absent → cached",
    "absent → fenced",
    "cached → stale",
    "cached → fenced-present",
    "stale → absent",
    "stale → cached",
    "stale → fenced",
    "fenced → absent",
    "fenced → fenced-present",
    "fenced-present → cached",
    "fenced-present → fenced",
  ]);
  const [absent, cached, stale] = ["absent", "cached", "stale"].map((state) => TRANSLATION_STATES.indexOf(state));
  expect(explainTranslationStep(cached, absent)).toBe("translation cached → absent: no vector");
  expect(explainTranslationStep(stale, absent)).toBe("translation stale → absent: invalidateAll or invalidatePage");
});
