/**
 * Compares the model with recorded kernels: `node dist/tools/fidelity.js [--traces DIR] [--only NAME] [--mode MODE] [--out FILE]`.
 *
 * With all recordings at hand (DIR, or ASILAB_TRACES) it writes docs/fidelity.md; without, it compares what it finds and prints
 * that, so that no page is replaced by a poorer one.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type FidelityInput, fidelityMarkdown } from "../harness/fidelity/fidelity-markdown.ts";
import { type FidelityRun, runFidelity } from "../harness/fidelity/fidelity-run.ts";
import { companionPaths } from "../harness/trace/meta.ts";
import { REPLAY_MODES } from "../harness/trace-replay/options.ts";
import type { ProcText } from "../harness/trace-replay/proc-snapshot.ts";
import { findDesign } from "../index.ts";
import { traceFiles } from "../platform/trace-files.ts";

const RECORDINGS = ["fork", "net", "frag", "pageio", "pageioxfs612"];
const SAMPLE = { name: "fork-60k", folder: "samples" };
const PAGE = "docs/fidelity.md";

const { values } = parseArgs({
  options: {
    traces: { type: "string", default: process.env.ASILAB_TRACES ?? "" },
    only: { type: "string" },
    mode: { type: "string" },
    out: { type: "string" },
  },
});
const wanted = values.only === undefined ? RECORDINGS : [values.only];
const isPresent = (name: string): boolean =>
  values.traces !== "" && existsSync(join(values.traces, `${name}.trace.gz`));
const found = wanted.filter(isPresent).map((name) => ({ name, folder: values.traces }));
const recordings = found.length === 0 ? [SAMPLE] : found;
const runs: FidelityRun[] = [];
const byCallsAlone: FidelityRun[] = [];
const inputs: FidelityInput[] = [];
for (const { name, folder } of recordings) {
  inputs.push(...inputsOf(folder, name));
  for (const mode of REPLAY_MODES)
    if (values.mode === undefined || values.mode === mode) await compare(folder, name, mode);
}
const page = fidelityMarkdown({ runs, byCallsAlone, inputs, missing: RECORDINGS.filter((name) => !isPresent(name)) });
const complete = found.length === RECORDINGS.length && values.mode === undefined;
const out = values.out ?? (complete ? PAGE : undefined);
if (out === undefined) process.stdout.write(page);
else writeFileSync(out, page);

async function compare(folder: string, name: string, mode: (typeof REPLAY_MODES)[number]): Promise<void> {
  const started = performance.now();
  const source = await traceFiles(join(folder, `${name}.trace.gz`));
  const { "sysctl-vm": sysctl } = procText(folder, name, "sys", ["sysctl-vm"]);
  const before = {
    ...procText(folder, name, "before", ["zoneinfo", "pagetypeinfo", "meminfo"]),
    ...(sysctl === undefined ? {} : { sysctl }),
  };
  const after = procText(folder, name, "after", ["zoneinfo", "buddyinfo"]);
  const recording = { ...source, file: name, sideFiles: { ...source.sideFiles, before } };
  const run = await runFidelity(findDesign("no-asi"), recording, after, mode);
  runs.push(run);
  if (mode === "as-recorded")
    byCallsAlone.push(await runFidelity(findDesign("no-asi"), recording, after, mode, "calls"));
  const { allocs, frees } = run.replay.fates;
  const seconds = (performance.now() - started) / 1000;
  process.stderr.write(
    `${name} ${mode}: ${run.replay.verdict}, ${allocs + frees} calls, ${seconds.toFixed(1)} s with the readings ahead\n`,
  );
}

function procText(
  folder: string,
  name: string,
  moment: string,
  files: readonly string[],
): Readonly<Record<string, ProcText>> {
  const present = files.filter((file) => existsSync(join(folder, `${name}.${moment}`, file)));
  return Object.fromEntries(
    present.map((file) => {
      const text = readFileSync(join(folder, `${name}.${moment}`, file), "utf8");
      return [file, { file: `${name}.${moment}/${file}`, text }];
    }),
  );
}

/** What the figures of a recording are made of. */
function inputsOf(folder: string, name: string): FidelityInput[] {
  const path = join(folder, `${name}.trace.gz`);
  const { meta, freeBlocks } = companionPaths(path);
  const proc = [
    ...["zoneinfo", "pagetypeinfo", "meminfo"].map((file) => join(folder, `${name}.before`, file)),
    ...["zoneinfo", "buddyinfo"].map((file) => join(folder, `${name}.after`, file)),
    join(folder, `${name}.sys`, "sysctl-vm"),
  ];
  return [path, meta, freeBlocks, ...proc]
    .filter((file) => existsSync(file))
    .map((file) => ({
      file: file.slice(folder.length).replace(/^[/\\]/, ""),
      sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
    }));
}
