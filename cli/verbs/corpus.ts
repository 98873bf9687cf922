import type { Command } from "commander";
import type { Session } from "../session.ts";
import { addCorpusAdd } from "./corpus-add.ts";
import { addCorpusList } from "./corpus-list.ts";
import { addCorpusRun } from "./corpus-run.ts";

/** `corpus add|list|run`: the failures a repository remembers. */
export function addCorpus(program: Command, session: Session): void {
  const corpus = program
    .command("corpus")
    .description("Known failures, kept in your repository: one small file each, run against any design.")
    .helpCommand(false);
  corpus.addHelpText(
    "before",
    `Examples:
  asilab corpus add asilab-out/canary-no-zero-S1-602dcde7.itf.json
  asilab corpus list
  asilab corpus run                    which designs still have which bug
  asilab corpus run async-free         one design, judged
`,
  );
  addCorpusAdd(corpus, session);
  addCorpusList(corpus, session);
  addCorpusRun(corpus, session);
}
