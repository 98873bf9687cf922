import type { Command } from "commander";
import { CLAIMS, type Claim } from "../../index.ts";
import { jsonDocument } from "../../report/json-document.ts";
import { wrap } from "../../report/wrap.ts";
import { type CommonFlags, commonFlags, type Session } from "../session.ts";

const WIDTH = 67;

/** The specification's own claims are stated beside its charts; a reader of the suite's table looks for them here. */
const SPECIFICATION_ONLY = `S5, S19, S21 and REFINE-translation are claims on the specification alone:
docs/claims.md
`;

/** `claims`: what is claimed, why, when it must hold, and what must occur for it to mean something. */
export function addClaims(program: Command, session: Session): void {
  commonFlags(
    program
      .command("claims")
      .description("List the claims: statement, reason, moment, and the situation that must occur."),
  )
    .addHelpText("beforeAll", "Examples:\n  asilab claims\n  asilab claims --json\n")
    .action((flags: CommonFlags) => {
      session.io.out(
        flags.json === true ? document(session) : `${CLAIMS.map(entry).join("\n")}\n${SPECIFICATION_ONLY}`,
      );
    });
}

function entry(claim: Claim): string {
  const rows: [string, string][] = [
    [claim.id, `${claim.statement} (${claim.kind})`],
    ["  because", claim.because],
    ["  when", claim.moment],
    ["  REACH", claim.reach.statement],
  ];
  return rows.map(([label, text]) => `${label.padEnd(13)}${wrap(text, WIDTH).join(`\n${" ".repeat(13)}`)}\n`).join("");
}

function document(session: Session): string {
  const head = {
    verb: "claims",
    verdict: "n/a",
    exitCode: session.exitCode,
    milliseconds: session.elapsedMs(),
  } as const;
  const claims = CLAIMS.map(({ id, kind, statement, because, moment, reach }) => ({
    id,
    kind,
    statement,
    because,
    moment,
    reach: reach.statement,
  }));
  return jsonDocument(head, { claims });
}
