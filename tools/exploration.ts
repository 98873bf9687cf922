/**
 * Explores every row of docs/exploration.md and stores the counts: `node dist/tools/exploration.js [--missing] [--only TEXT]`.
 *
 * `--missing` leaves what is stored as it is and explores the rows that are not; `--only` those whose design and scope contain
 * the text. Rows are stored one by one, so that an interrupted run can go on.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { explore } from "../harness/exploration.ts";
import { findDesign } from "../harness/find-design.ts";
import { parseScope } from "../harness/scope.ts";
import { type ExplorationRow, isExplored, LARGER_ROWS, standardRows } from "./exploration-rows.ts";
import { EXPLORATION_STORE, type StoredExploration, sameRow } from "./exploration-table.ts";

const STATES_MAX = 31_000_000;

const { values } = parseArgs({ options: { missing: { type: "boolean" }, only: { type: "string", default: "" } } });
const wanted = [...standardRows().filter(isExplored), ...LARGER_ROWS];
let stored: readonly StoredExploration[] = existsSync(EXPLORATION_STORE)
  ? (JSON.parse(readFileSync(EXPLORATION_STORE, "utf8")) as StoredExploration[])
  : [];
for (const row of wanted) {
  if (!`${row.design} ${row.scope}`.includes(values.only)) continue;
  if (values.missing === true && stored.some((known) => sameRow(known, row))) continue;
  store(row, exploreRow(row));
}

function exploreRow({ design, scope }: ExplorationRow): StoredExploration {
  const start = performance.now();
  const { words, ...found } = explore(findDesign(design), parseScope(scope), { maxStates: STATES_MAX });
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${design} ${scope}: ${found.states} states of ${words} words, ${seconds.toFixed(1)} s${found.complete ? "" : ", CUT"}`,
  );
  return { design, scope, ...found };
}

/** In the order of the rows, whatever was explored first; what is no row any more goes. */
function store(row: ExplorationRow, found: StoredExploration): void {
  const known = [...stored.filter((other) => !sameRow(other, row)), found];
  stored = wanted.flatMap((each) => known.filter((other) => sameRow(other, each)));
  const lines = stored.map((each) => `  ${JSON.stringify(each)}`);
  writeFileSync(`${EXPLORATION_STORE}.new`, `[\n${lines.join(",\n")}\n]\n`);
  renameSync(`${EXPLORATION_STORE}.new`, EXPLORATION_STORE);
}
