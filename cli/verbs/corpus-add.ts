import type { Command } from "commander";
import { type Addition, addToCorpusFolder } from "../../index.ts";
import { jsonDocument } from "../../report/json-document.ts";
import type { Session } from "../session.ts";
import { type CorpusFlags, corpusFlags } from "./corpus-folder.ts";

interface AddFlags extends CorpusFlags {
  readonly note?: string;
}

type Added = Addition & { readonly file: string; readonly from: string };

/** `corpus add FILE…`: counterexamples become entries. */
export function addCorpusAdd(corpus: Command, session: Session): void {
  corpusFlags(
    corpus
      .command("add")
      .description("Remember counterexamples: a failure that is known gets a row, not a second entry.")
      .argument("<file...>", "counterexample files that asilab wrote; shrink them first"),
  )
    .option("--note <text>", "what a reader of the entry should know")
    .addHelpText("beforeAll", EXAMPLES)
    .action(async (files: readonly string[], flags: AddFlags) => {
      const added: Added[] = [];
      for (const from of files) added.push({ ...(await addToCorpusFolder(from, flags.dir, flags.note)), from });
      session.io.out(flags.json === true ? document(session, added) : added.map(told).join(""));
    });
}

function told({ did, file, entry, from, maybeNotMinimal }: Added): string {
  const { signature, design } = entry;
  const hint = maybeNotMinimal ? `  perhaps not minimal; smaller is one line away: asilab shrink ${from}\n` : "";
  switch (did) {
    case "entry":
      return `added ${file}: ${signature}, expected to be violated by ${design}\n${hint}`;
    case "row":
      return `known as ${file}: ${signature}; its expectations have a new row\n`;
    case "nothing":
      return `known as ${file}: ${signature}; nothing to add\n`;
  }
}

function document(session: Session, added: readonly Added[]): string {
  const head = {
    verb: "corpus add",
    verdict: "violated",
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  } as const;
  const entries = added.map(({ did, file, from, entry, maybeNotMinimal }) => ({
    did,
    file,
    from,
    claim: entry.claim,
    signature: entry.signature,
    maybeNotMinimal,
  }));
  return jsonDocument(head, { added: entries });
}

const EXAMPLES = `Examples:
  asilab corpus add asilab-out/canary-no-zero-S1-602dcde7.itf.json
  asilab corpus add FILE… --dir kernel/asilab-corpus --note "seen on 2 CPUs"

An entry is the run in names, its calls with blocks by name (every design puts
them elsewhere), and what is expected of each design. Nothing is shrunk here:
asilab shrink FILE does that, and a small run is recognised when it comes again.
`;
