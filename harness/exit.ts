import type { ClaimKind } from "../model/claim.ts";
import { EXIT, type ExitCode } from "../model/verdict.ts";
import { CLAIMS } from "../properties/claims.ts";

/** Which code is reported when several apply: the most fundamental failure first. */
const PRECEDENCE: readonly ExitCode[] = [
  EXIT.internal,
  EXIT.interrupted,
  EXIT.usage,
  EXIT.nondeterminism,
  EXIT.safety,
  EXIT.refinement,
  EXIT.deadlock,
  EXIT.liveness,
  EXIT.assumption,
  EXIT.expectation,
  EXIT.incomplete,
];

/** One line of `help exit-codes`. */
export interface ExitMeaning {
  readonly code: ExitCode;
  readonly name: string;
  readonly meaning: string;
}

/** Every exit code with its meaning, ascending. */
export const EXIT_MEANINGS: readonly ExitMeaning[] = [
  { code: EXIT.ok, name: "ok", meaning: "every verdict is what was expected" },
  {
    code: EXIT.usage,
    name: "usage",
    meaning: "bad input: a verb, flag, design, scope or file; one message says which",
  },
  { code: EXIT.assumption, name: "assumption", meaning: "an assumption of the verdict is known to be false" },
  { code: EXIT.deadlock, name: "deadlock", meaning: "a call that has begun can never return" },
  { code: EXIT.safety, name: "safety", meaning: "a safety or structure claim (S…) is violated" },
  { code: EXIT.liveness, name: "liveness", meaning: "a liveness claim (L…) is violated" },
  {
    code: EXIT.refinement,
    name: "refinement",
    meaning: "a step the specification does not allow, or a replay that diverges",
  },
  {
    code: EXIT.expectation,
    name: "expectation",
    meaning: "a canary survived, a claim was vacuous, a step never ran, or nothing was done",
  },
  { code: EXIT.nondeterminism, name: "nondeterminism", meaning: "the same run gave two answers" },
  {
    code: EXIT.incomplete,
    name: "incomplete",
    meaning: "a limit left a verdict unknown, and --require-complete was given",
  },
  { code: EXIT.interrupted, name: "interrupted", meaning: "stopped by SIGINT; what was done has been reported" },
  { code: EXIT.internal, name: "internal", meaning: "a bug in asilab" },
];

/** The one code that stands for several; 0 for none. */
export function worstExit(codes: Iterable<ExitCode>): ExitCode {
  const given = new Set(codes);
  return PRECEDENCE.find((code) => given.has(code)) ?? EXIT.ok;
}

/** Precedence as printed: most fundamental first. */
export function exitPrecedence(): readonly ExitCode[] {
  return PRECEDENCE;
}

/** What a violation of a claim of this kind exits with. */
export function exitOfKind(kind: ClaimKind): ExitCode {
  switch (kind) {
    case "safety":
    case "structure":
      return EXIT.safety;
    case "deadlock":
      return EXIT.deadlock;
    case "liveness":
      return EXIT.liveness;
    case "refinement":
      return EXIT.refinement;
    case "assumption":
      return EXIT.assumption;
  }
}

/** The code of a violated claim by its id; claims that only the specification has are told apart by their prefix. */
export function exitOfClaim(id: string): ExitCode {
  const known = CLAIMS.find((claim) => claim.id === id);
  if (known !== undefined) return exitOfKind(known.kind);
  if (id.startsWith("REFINE-")) return EXIT.refinement;
  return id.startsWith("L") ? EXIT.liveness : EXIT.safety;
}

/** The one word that stands beside the number in a report. */
export function exitName(code: ExitCode): string {
  return EXIT_MEANINGS.find((known) => known.code === code)?.name ?? "";
}
