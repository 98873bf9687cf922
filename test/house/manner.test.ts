import { describe, expect, it } from "vitest";
import { badlyNamed, impure, machinePaths, silenced, tooLong, vaguelyNamed } from "./manner.ts";
import { sourceFiles } from "./source-files.ts";

const FILES = sourceFiles();

describe("the manner of every file", () => {
  it("no source file is longer than 400 lines, no test longer than 500", () => {
    expect(FILES.flatMap(tooLong)).toEqual([]);
  });

  it("every TypeScript file is named in kebab-case", () => {
    expect(FILES.flatMap(badlyNamed)).toEqual([]);
  });

  it("no folder that decides a verdict reads a clock, the environment or an unseeded random number", () => {
    expect(FILES.flatMap(impure)).toEqual([]);
  });

  it("every test is named by what is true, never by what is hoped for", () => {
    expect(FILES.flatMap(vaguelyNamed)).toEqual([]);
  });

  it("no test is focused, and none is switched off without a reason beside it", () => {
    expect(FILES.flatMap(silenced)).toEqual([]);
  });

  it("no file names a place on the machine it was written on", () => {
    expect(FILES.flatMap(machinePaths)).toEqual([]);
  });
});

describe("each rule of manner bites", () => {
  const file = (path: string, text: string) => ({ path, text });
  const call = (kind: string, name: string) => `${kind}("${name}", () => {});`;

  it("finds a source file of 401 lines and passes one of 400", () => {
    expect(tooLong(file("model/a.ts", "\n".repeat(401)))).toEqual(["model/a.ts: 401 lines, limit 400"]);
    expect(tooLong(file("model/a.ts", "\n".repeat(400)))).toEqual([]);
    expect(tooLong(file("test/a.test.ts", "\n".repeat(500)))).toEqual([]);
  });

  it("finds a camelCase name and passes a chart and a test", () => {
    expect(badlyNamed(file("model/pageTable.ts", ""))).toHaveLength(1);
    expect(badlyNamed(file("machines/page.machine.ts", ""))).toEqual([]);
    expect(badlyNamed(file("test/model/page-table.test.ts", ""))).toEqual([]);
  });

  it("finds a clock in checker/ and passes one in platform/ and one in a comment", () => {
    const clock = ["Date", "now()"].join(".");
    expect(impure(file("checker/a.ts", `const t = ${clock};`))).toEqual(["checker/a.ts:1: Date.now"]);
    expect(impure(file("platform/a.ts", `const t = ${clock};`))).toEqual([]);
    expect(impure(file("checker/a.ts", `// never ${clock}`))).toEqual([]);
  });

  it("finds a test that hopes and a test that merely runs", () => {
    expect(vaguelyNamed(file("test/a.test.ts", call("it", ["should", "hold"].join(" "))))).toHaveLength(1);
    expect(vaguelyNamed(file("test/a.test.ts", call("it.each([1])", ["search", "works"].join(" "))))).toHaveLength(1);
    expect(vaguelyNamed(file("test/a.test.ts", call("it", "leaves no work to the worker")))).toEqual([]);
  });

  it("finds a focused test, and a skipped one unless a comment stands beside it", () => {
    expect(silenced(file("test/a.test.ts", call(["it", "only"].join("."), "holds")))).toHaveLength(1);
    expect(silenced(file("test/a.test.ts", call(["it", "skip"].join("."), "holds")))).toHaveLength(1);
    expect(
      silenced(file("test/a.test.ts", `// needs spin\n${call(["it", "skipIf(true)"].join("."), "holds")}`)),
    ).toEqual([]);
  });

  it("finds an absolute path of a machine and passes a relative one", () => {
    const home = ["", "home", "somebody", "x"].join("/");
    expect(machinePaths(file("docs/a.md", `see ${home}`))).toHaveLength(1);
    expect(machinePaths(file("docs/a.md", "see docs/home/x"))).toEqual([]);
  });
});
