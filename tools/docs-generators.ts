import { readFileSync } from "node:fs";
import { counterexampleName } from "../harness/counterexample-file.ts";
import { findDesign } from "../harness/find-design.ts";
import { placeNames } from "../harness/machine-for-run.ts";
import { parseScope } from "../harness/scope.ts";
import { verifyDesign } from "../harness/verify.ts";
import { NAMED_WORLDS } from "../harness/worlds/named-worlds.ts";
import { DESIGNS } from "../impl/designs/registry.ts";
import { versionTable } from "../impl/mm/version-profile.ts";
import { ASSUMPTIONS } from "../model/assumptions.ts";
import { flushTables } from "../model/paging/flush-table.ts";
import { CLAIMS } from "../properties/claims.ts";
import { timeline } from "../report/timeline.ts";
import { type CounterexampleTable, counterexampleMarkdown } from "./counterexample-table.ts";
import { explorationTables, largerTable } from "./exploration-table.ts";
import type { BlockGenerator } from "./generated-blocks.ts";
import type { VerdictTable } from "./verdict-table.ts";

/** Every generated block of the Markdown files, by name. A generator is a pure function of the code: same code, same text. */
export const GENERATORS: ReadonlyMap<string, BlockGenerator> = new Map([
  ["assumptions", assumptionTable],
  ["canaries", canaryTable],
  ["claims", claimSections],
  ["counterexamples", counterexamples],
  ["designs", designSections],
  ["explorations", explorationTables],
  ["explorations-larger", largerTable],
  ["flush-table", flushTables],
  ["results", resultTable],
  ["timeline", exampleTimeline],
  ["version-differences", versionTable],
  ["worlds", worldTable],
]);

/** The verdicts of the last `npm run docs:results`; a test runs the suite and demands that they are still true. */
const RESULTS = "docs/results.json";
const COUNTEREXAMPLES = "docs/counterexamples.json";

function assumptionTable(): string {
  const rows = ASSUMPTIONS.map(({ id, sentence }) => `| [${id}](#${id.toLowerCase()}) | ${sentence} |`);
  return ["| id | what is assumed |", "| --- | --- |", ...rows].join("\n");
}

function claimSections(): string {
  return CLAIMS.map((claim) => {
    const canaries = DESIGNS.filter((design) => design.breaks.some((entry) => entry.claim === claim.id)).map(
      (design) => `\`${design.id}\``,
    );
    return [
      `### ${claim.id}`,
      "",
      `${claim.statement}`,
      "",
      `- **Why**: ${claim.because}`,
      `- **Kind, moment**: ${claim.kind}; ${claim.moment}.`,
      `- **REACH-${claim.id}**: ${claim.reach.statement}`,
      `- **Broken by**: ${canaries.length === 0 ? "no canary of this version" : canaries.join(", ")}.`,
    ].join("\n");
  }).join("\n\n");
}

function designSections(): string {
  return DESIGNS.filter(({ canary }) => !canary)
    .map((design) => {
      const breaks = design.breaks.map(({ claim, because }) => `- **breaks ${claim}**: ${because}.`);
      const worlds = (design.worlds ?? []).map((world) => `\`${world}\``).join(", ");
      const leavesOut = design.leavesOut.map((sentence) => `- **leaves out**: ${sentence}`);
      const notApplicable = Object.entries(design.notApplicable).map(
        ([claim, reason]) => `- **${claim} does not apply**: ${reason}.`,
      );
      return [
        `### ${design.id}`,
        "",
        design.summary,
        "",
        `- **promises**: ${design.promises.join(", ")}.`,
        ...(worlds === ""
          ? []
          : [`- **searched in**: ${worlds}${design.probe === true ? " only: it is a bench for parts" : " too"}.`]),
        ...breaks,
        ...notApplicable,
        ...leavesOut,
      ].join("\n");
    })
    .join("\n\n");
}

function resultTable(): string {
  const stored = JSON.parse(readFileSync(RESULTS, "utf8")) as VerdictTable;
  const designs = stored.designs.filter((design) => design.id !== "specification");
  const ids = ({ claims }: VerdictTable["designs"][number], verdict: string): string[] =>
    CLAIMS.map((claim) => claim.id).filter((id) => claims[id] === verdict);
  const promising = designs.filter((design) => ids(design, "violated").length === 0);
  const broken = designs.filter((design) => ids(design, "violated").length > 0);
  return [
    "| design | holds | does not apply |",
    "| --- | --- | --- |",
    ...promising.map(
      (design) => `| \`${design.id}\` | ${signed("✓", ids(design, "holds"))} | ${ids(design, "n/a").length} |`,
    ),
    "",
    `${broken.length} canaries, correct designs with one thing broken on purpose, are all caught; which claim catches each stands in`,
    "[docs/designs.md](docs/designs.md#canaries).",
  ].join("\n");
}

/** Canaries and what catches them, in the order of the registry. */
function canaryTable(): string {
  const stored = JSON.parse(readFileSync(RESULTS, "utf8")) as VerdictTable;
  const rows = DESIGNS.filter(({ canary }) => canary).map(({ id, summary, breaks, worlds }) => {
    const found = stored.designs.find((design) => design.id === id)?.smallest;
    const how =
      found === undefined ? "" : `${found.claim} in ${found.events}, ${found.cpus} CPU${found.cpus > 1 ? "s" : ""}`;
    const where = worlds === undefined ? "the budget's scope" : worlds.map((world) => `\`${world}\``).join(", ");
    return `| \`${id}\` | ${summary} | ${breaks.map(({ claim }) => claim).join(" ")} | ${how} | ${where} |`;
  });
  const head = "| canary | what is wrong with it | caught by | smallest: claim, events | in |";
  return [head, "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/** What `tools/counterexamples` measured, seconds included: a check never measures anew. */
function counterexamples(): string {
  return counterexampleMarkdown(JSON.parse(readFileSync(COUNTEREXAMPLES, "utf8")) as CounterexampleTable);
}

function signed(sign: string, ids: readonly string[]): string {
  return `${sign} ${ids.join(" ")}`;
}

/** What `--scope NAME` may name. */
function worldTable(): string {
  const rows = NAMED_WORLDS.map(({ name, purpose, scope, spaces, callMenu, allocates, menu = [] }) => {
    const orders = [...new Set(menu.map(({ order }) => `, also of order ${order}`))].join("");
    const calls = [
      ...(allocates ? [`allocations${orders}, frees`] : []),
      ...new Set(callMenu.map(({ call }) => `\`${call}\``)),
    ];
    const keys = spaces === undefined ? scope : `${scope},slots=${spaces.slots},classes=${spaces.classes}`;
    return `| \`${name}\` | ${purpose} | \`${keys}\` | ${calls.join(", ")} |`;
  });
  return ["| world | what it is for | scope | calls |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The README's counterexample, found and drawn anew each time. */
function exampleTimeline(): string {
  const scope = parseScope("cpus=2,pages=8,calls=2+2");
  const design = findDesign("canary-forget-one-cpu");
  const found = verifyDesign(design, { scope }).counterexamples.get("S1");
  if (found === undefined) throw new Error("the README's canary is caught");
  const lines = timeline(found, { places: placeNames(found), file: `asilab-out/${counterexampleName(found)}` });
  return ["```text", ...lines, "```"].join("\n");
}
