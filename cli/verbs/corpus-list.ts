import type { Command } from "commander";
import { printable } from "../../harness/trace/stranger-text.ts";
import type { StoredEntry } from "../../index.ts";
import { hanging } from "../../report/corpus-text.ts";
import { jsonDocument } from "../../report/json-document.ts";
import type { Session } from "../session.ts";
import { type CorpusFlags, corpusFlags, corpusIn } from "./corpus-folder.ts";

/** `corpus list`: what is remembered. */
export function addCorpusList(corpus: Command, session: Session): void {
  corpusFlags(corpus.command("list").description("List the entries: the failure, its size, what is expected of whom."))
    .addHelpText("beforeAll", "Examples:\n  asilab corpus list\n  asilab corpus list --dir FOLDER --json\n")
    .action(async (flags: CorpusFlags) => {
      const stored = await corpusIn(flags.dir);
      session.io.out(flags.json === true ? document(session, stored) : stored.map(told).join("\n"));
    });
}

function told({ file, entry }: StoredEntry): string {
  const { claim, witness, note, calls, actions, expectations } = entry;
  const expected = Object.entries(expectations).map(([design, verdict]) => `${design} ${verdict}`);
  const lines = [
    `${claim}: ${witness}`,
    `${calls.length} calls, ${actions.length} steps; expected: ${expected.join(", ")}`,
    ...(note === undefined ? [] : [`note: ${note}`]),
  ];
  return `${printable(file)}\n${lines.map((line) => `  ${hanging(printable(line), 4)}\n`).join("")}`;
}

function document(session: Session, stored: readonly StoredEntry[]): string {
  const head = {
    verb: "corpus list",
    verdict: "n/a",
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  } as const;
  const entries = stored.map(({ file, entry }) => {
    const { claim, scope, signature, witness, note, calls, actions, expectations } = entry;
    const sizes = { calls: calls.length, steps: actions.length };
    return { file, claim, scope, signature, witness, note, ...sizes, expectations };
  });
  return jsonDocument(head, { entries });
}
