import { describe, expect, it } from "vitest";
import { sortedJson } from "../../harness/sorted-json.ts";
import { jsonSchemas } from "../../tools/json-schemas.ts";

describe("docs/schema", () => {
  it("holds exactly what the zod schemas say today", () => {
    expect(jsonSchemas("docs/schema", "check")).toEqual([]);
  });
});

describe("JSON as it is printed", () => {
  it("has sorted keys at every depth and does not depend on how objects were built", () => {
    expect(sortedJson({ b: 1, a: { d: [1, 2], c: null } })).toBe('{"a": {"c": null, "d": [1, 2]}, "b": 1}\n');
    expect(sortedJson({ a: { c: null, d: [1, 2] }, b: 1, gone: undefined })).toBe(
      sortedJson({ b: 1, a: { d: [1, 2], c: null } }),
    );
  });

  it("breaks what is wider than a line, and parses back to the same value", () => {
    const value = { list: Array.from({ length: 60 }, (_, i) => ({ i, text: "x".repeat(i) })), empty: [], none: {} };
    const text = sortedJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.split("\n").length).toBeGreaterThan(60);
  });
});
