import { expect, test } from "vitest";
import type { Io } from "../../cli/io.ts";
import { invoke } from "./invoke.ts";

/** Whether a command line asks for everything twice, told by the job that it sends. */
async function asksTwice(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<boolean> {
  let twice: unknown;
  const runJob: Io["runJob"] = ({ request }) => {
    twice = (request as { readonly twice?: boolean }).twice;
    return Promise.reject(new Error("seen"));
  };
  await invoke(argv, { env, runJob }).catch(() => undefined);
  return twice === true;
}

const VERBS = [
  ["check", "no-asi"],
  ["verify", "no-asi"],
  ["fuzz", "no-asi"],
] as const;

test.each(VERBS)("%s runs twice with --twice, or where CI is set, and not with --no-twice", async (...argv) => {
  expect(await asksTwice(argv)).toBe(false);
  expect(await asksTwice([...argv, "--twice"])).toBe(true);
  expect(await asksTwice(argv, { CI: "true" })).toBe(true);
  expect(await asksTwice(argv, { CI: "false" })).toBe(false);
  expect(await asksTwice([...argv, "--no-twice"], { CI: "true" })).toBe(false);
});

test("a design that answers alike both times exits as it would after one", async () => {
  const told = await invoke(["verify", "no-asi", "--scope", "tiny,calls=1+1", "--twice"]);
  expect([told.code, told.out.includes("two answers")]).toEqual([0, false]);
});
