import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actionLines, actionsOfLines } from "../../harness/corpus/action-line.ts";
import { corpusEntryName, corpusEntryText, readCorpusEntry } from "../../harness/corpus/entry.ts";
import { readCorpus } from "../../harness/corpus/read.ts";
import { failureSignature } from "../../harness/failure-signature.ts";
import type { NamedAction } from "../../model/action.ts";
import { InputError } from "../../model/failure.ts";

const FOLDER = "test/fixtures/corpus";
const FILES = readdirSync(FOLDER);
const textOf = (file: string): string => readFileSync(`${FOLDER}/${file}`, "utf8");
const TEXT = textOf("S1-b92e7aec.json");

const name = fc.string({ minLength: 1, maxLength: 12, unit: "binary" });
const small = fc.nat({ max: 15 });
const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((told) => (told === undefined ? {} : { [key]: told }));

const step = fc
  .tuple(small, name, name, name, optional("choice", small))
  .map(([cpu, level, program, label, choice]) => ({ kind: "step", cpu, level, program, step: label, ...choice }));
const other = fc
  .tuple(
    fc.constantFrom("alloc", "free", "ipi", "drain", "worker", "enter", "fill", "interrupt", "store"),
    small,
    optional("request", name),
    optional("worker", name),
    optional("order", small),
    optional("pfn", small),
    optional("peer", small),
  )
  .map(([kind, cpu, ...told]) => Object.assign({ kind, cpu }, ...told));
const call = fc
  .tuple(small, name, fc.array(small, { maxLength: 4 }))
  .map(([cpu, told, args]) => ({ kind: "call", cpu, call: told, args }));
const action = fc.oneof(step, other, call) as fc.Arbitrary<NamedAction>;

describe("a run as lines", () => {
  it("is the same run when read again, whatever its names are made of", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (run) => {
        expect(actionsOfLines(actionLines(run))).toEqual(run);
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it("has one line for each event and one for the steps of each program in it, none above 100 columns", () => {
    const { actions, calls } = readCorpusEntry(TEXT, "file");
    expect([actions.length, calls.length, actionLines(actions).length]).toEqual([29, 3, 14]);
    expect(Math.max(...actionLines(actions).map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe("an entry", () => {
  it.each(FILES)("%s has the same bytes when written again, keys sorted, one newline at the end", (file) => {
    const text = textOf(file);
    const entry = readCorpusEntry(text, file);
    expect(corpusEntryText(entry)).toBe(text);
    expect(corpusEntryName(entry)).toBe(file);
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(text)).sort());
    expect(text).toMatch(/[^\n]\n$/);
  });

  it.each(FILES)("%s is known by what happens in its run", (file) => {
    const { claim, actions, signature } = readCorpusEntry(textOf(file), file);
    expect(failureSignature({ claim, steps: actions.map((told) => ({ action: told })) })).toBe(signature);
  });

  it("keeps its note", () => {
    const entry = { ...readCorpusEntry(TEXT, "file"), note: "seen on 2 CPUs" };
    expect(readCorpusEntry(corpusEntryText(entry), "file").note).toBe("seen on 2 CPUs");
  });
});

describe("a stranger's entry", () => {
  const edited = (edit: Record<string, unknown>): string => JSON.stringify({ ...JSON.parse(TEXT), ...edit });
  const refusals: readonly [string, string, string][] = [
    ["not JSON", TEXT.slice(0, 100), "CORPUS-NOT-JSON"],
    ["an array", "[]", "CORPUS-FORMAT"],
    ["of another tool", edited({ tool: "other" }), "CORPUS-FORMAT"],
    ["of a later version", edited({ schema: 2 }), "CORPUS-SCHEMA"],
    ["with a key too many", edited({ more: 1 }), "CORPUS-FORMAT"],
    ["with an unknown claim", edited({ claim: "S99" }), "UNKNOWN-CLAIM"],
    ["with an unknown scope", edited({ scope: "cpus=99" }), "BAD-SCOPE"],
    ["with an unknown verdict", edited({ expectations: { "no-asi": "maybe" } }), "CORPUS-FORMAT"],
    ["with a line that is no action", edited({ actions: ["cpu0 dance"] }), "CORPUS-FORMAT"],
    ["with a key twice in a line", edited({ actions: ["cpu0 ipi peer=1 peer=1"] }), "CORPUS-FORMAT"],
    ["with a broken escape", edited({ actions: ["cpu0 task: a/%zz"] }), "CORPUS-FORMAT"],
    ["with a step among its calls", edited({ calls: ["cpu0 task: a/b"] }), "CORPUS-FORMAT"],
    ["that frees a block of nobody", edited({ calls: ["cpu0 free block=z"] }), "CORPUS-FORMAT"],
    ["that frees a page frame", edited({ calls: ["cpu0 free pfn=3"] }), "CORPUS-FORMAT"],
  ];

  it.each(refusals)("%s is refused by name", (_what, text, code) => {
    let thrown: unknown;
    try {
      readCorpusEntry(text, "some/file.json");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InputError);
    expect(thrown).toMatchObject({ code, message: expect.stringContaining("some/file.json") });
  });

  it("of a design that nobody knows any more is read all the same", () => {
    expect(readCorpusEntry(edited({ design: "gone" }), "file").design).toBe("gone");
  });

  it("with the signature of another is refused", () => {
    const twice = [
      { file: "a.json", text: TEXT },
      { file: "b.json", text: TEXT },
    ];
    expect(() => readCorpus(twice)).toThrow("b.json: a.json is an entry of the same failure");
  });
});
