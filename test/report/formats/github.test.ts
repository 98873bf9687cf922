import { describe, expect, it } from "vitest";
import { githubText } from "../../../report/formats/github.ts";
import { sampleInput } from "./sample-outcome.ts";
import { sampleRun } from "./sample-runs.ts";

/** A workflow command as the runner takes it apart. */
function commandsOf(text: string): { kind: string; title: string; message: string }[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [, kind = "", title = "", message = ""] = /^::(\w+) title=([^:,]*)::(.*)$/.exec(line) ?? [];
      return { kind, title: decoded(title), message: decoded(message) };
    });
}

function decoded(text: string): string {
  const codes: Record<string, string> = { "%0A": "\n", "%0D": "\r", "%3A": ":", "%2C": ",", "%25": "%" };
  return text.replace(/%(?:0A|0D|3A|2C|25)/g, (code) => codes[code] ?? code);
}

describe("GitHub annotations", () => {
  it("are one error per violation in judge mode, with the witness first and the timeline after it", () => {
    const run = sampleRun("deferred free");
    const [error, notice, ...more] = commandsOf(githubText(sampleInput([run])));
    expect(more).toEqual([]);
    expect(error?.kind).toBe("error");
    expect(error?.title).toBe("S1 violated, as the design declares: canary-forget-one-cpu");
    expect(error?.message.split("\n")[0]).toBe(run.witness);
    expect(error?.message).toContain("free_pages(pfn 0)");
    expect(notice).toMatchObject({ kind: "notice", title: "asilab check" });
  });

  it("are none in suite mode for what is as declared, and one for each expectation that was missed", () => {
    const gate = ["100% vacuous: S4, and\nmore"];
    const commands = commandsOf(githubText(sampleInput(undefined, { suite: true, gate })));
    expect(commands.map(({ kind }) => kind)).toEqual(["error", "notice"]);
    expect(commands[0]?.message).toBe("100% vacuous: S4, and\\u{a}more");
  });
});
