import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVENT } from "../../harness/trace/event.ts";
import { InputError } from "../../model/failure.ts";
import type { KernelVersion } from "../../model/gfp.ts";
import type { Parsed } from "./parse-text.ts";
import { parse } from "./parse-text.ts";
import type { Happening } from "./render-event.ts";
import { FORMS, recordIn } from "./render-event.ts";
import { EXCERPT_FACTS } from "./sample-facts.ts";

/** What a task can call itself: 15 bytes, those first that have a meaning elsewhere in a line. */
const comm = fc
  .array(fc.constantFrom(..." #-=>:/[]().,019abCPUkmem_".split("")), { minLength: 1, maxLength: 15 })
  .map((characters) => characters.join("").trim())
  .filter((text) => text !== "");
const order = fc.nat(10);
const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.nat(EVENT.tlbFlush),
  comm,
  pid: fc.nat(4_194_304),
  tgid: fc.nat(4_194_304),
  cpu: fc.nat(8191),
  micros: fc.nat(2 ** 31 - 1).map((micros) => micros * 97),
  flags: fc.tuple(fc.constantFrom(..."dbD."), fc.constantFrom(...".hsHzZ"), fc.nat(15)),
  pfn: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  order,
  migratetype: fc.nat(5),
  gfp: fc.nat(2 ** 26 - 1),
  refill: fc.nat(1),
  failed: fc.boolean(),
  fallback: fc.tuple(order, fc.nat(5)),
  tlb: fc.tuple(fc.integer({ min: -1, max: 10_000 }), fc.nat(4)),
});
const kernel = fc.constantFrom<KernelVersion>("6.1", "6.12");

describe("random events", () => {
  it.each(FORMS)("printed as $name are read back as the same records, whatever the tasks are called", (form) => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1, maxLength: 6 }), kernel, (happenings, version) => {
        const text = form.header + happenings.map((event) => form.line(event, version)).join("");
        const { events, summary } = parse(text, [], version);
        const lineOf = lineNumbers(form.header, form.line, happenings, version);
        expect(events.map(({ detail: _detail, ...record }) => record)).toEqual(
          happenings.map((event, i) => recordIn(form, event, lineOf[i] ?? 0)),
        );
        expect(summary).toMatchObject({ unparsed: 0, unknownGfpNames: [] });
      }),
      { seed: 12, numRuns: 100 },
    );
  });

  it("printed in any form and cut anywhere lose no complete earlier line, in pieces of any size", () => {
    const cases = fc.tuple(
      fc.constantFrom(...FORMS),
      fc.array(happening, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.nat(),
    );
    fc.assert(
      fc.property(cases, ([form, happenings, cut, piece]) => {
        const text = form.header + happenings.map((event) => form.line(event, "6.12")).join("");
        const bytes = new TextEncoder().encode(text);
        losesNoCompleteLine(bytes, parse(bytes, [], "6.12").events, cut % (bytes.length + 1), piece, "6.12");
      }),
      { seed: 13, numRuns: 400 },
    );
  });
});

describe("a recording", () => {
  it("cut anywhere loses no complete earlier line, and is refused by an InputError or not at all", () => {
    const texts = EXCERPT_FACTS.map(([version, name]) => {
      const path = `test/fixtures/trace-formats/${version}/${name}.txt`;
      const bytes = Uint8Array.from(readFileSync(path));
      return [version, bytes, parse(bytes, [], version).events] as const;
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(), ([version, bytes, whole], cut, piece) =>
        losesNoCompleteLine(bytes, whole, cut % (bytes.length + 1), piece, version),
      ),
      { seed: 14, numRuns: 1000 },
    );
  });
});

/** The events of the complete lines before `cut` come out of the cut text as they come out of the whole. */
function losesNoCompleteLine(
  bytes: Uint8Array,
  whole: Parsed["events"],
  cut: number,
  piece: number,
  version: KernelVersion,
): void {
  const kept = bytes.subarray(0, cut);
  const linesComplete = kept.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0);
  const expected = whole.filter(({ line }) => line <= linesComplete);
  const pieces = cut === 0 ? [] : [piece % cut];
  expect(eventsOf(() => parse(kept, pieces, version)).slice(0, expected.length)).toEqual(expected);
}

function eventsOf(run: () => Parsed): Parsed["events"] {
  try {
    return run().events;
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}

/** In which line each happening begins. */
function lineNumbers(
  header: string,
  line: (happening: Happening, version: KernelVersion) => string,
  happenings: readonly Happening[],
  version: KernelVersion,
): number[] {
  let next = header.split("\n").length;
  return happenings.map((event) => {
    const at = next;
    next += line(event, version).split("\n").length - 1;
    return at;
  });
}
