import type { Counterexample } from "../../model/counterexample.ts";
import type { Design } from "../../model/design.ts";
import type { Evidence } from "../../model/verdict.ts";
import type { EngineReport } from "../outcome.ts";
import { printScope } from "../scope.ts";
import type { Chapter } from "../state-digests.ts";
import { type Corpus, EMPTY_CORPUS, grown, ROUND_RUNS } from "./corpus.ts";
import type { Finding, RangeReport } from "./explorer.ts";
import { DEPTH_DEFAULT, type FuzzOptions, type Strategy } from "./options.ts";
import { livesInWorlds, type PlacedScript, placeScripts } from "./places.ts";
import type { Repeat, Shrunk } from "./shrink-finding.ts";

/** What a campaign found, in the shape all engines share, and how to have it again. */
export interface FuzzResult extends EngineReport {
  readonly design: string;
  readonly seed: number;
  readonly runs: number;
  /** Micro-steps executed and judged, shrinking not counted. */
  readonly steps: number;
  /** By claim. */
  readonly repeats: ReadonlyMap<string, Repeat>;
  /** By claim: the number, from 1, of the first run in which its dangerous situation occurred. */
  readonly reachedIn: ReadonlyMap<string, number>;
  /** Of campaigns that follow corner workloads: each one, with its runs, or the reason why it was not run. */
  readonly scripts: readonly ScriptReport[];
}

export interface ScriptReport {
  readonly id: string;
  readonly title: string;
  readonly runs: number;
  readonly reason?: string;
}

/** A row of runs that may be made apart from the others of its round. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Joins what rows of runs found, in the order of the runs, so that it does not matter who made them, and when. */
export class Tally {
  corpus: Corpus = EMPTY_CORPUS;
  interrupted = false;
  runs = 0;
  steps = 0;
  private readonly claims = new Map<string, Finding | undefined>();
  /** Of each finding the corpus of its round. */
  private readonly corpora = new Map<string, Corpus>();
  /** Counts as of a claim's first violation. */
  private readonly before = new Map<string, { readonly runs: number; readonly steps: number }>();
  private readonly reached = new Map<string, number>();
  private readonly executed = new Set<string>();
  private readonly scripts = new Map<string, number>();
  private readonly chapters: Chapter[] = [];

  constructor(
    private readonly design: Design,
    private readonly options: FuzzOptions,
  ) {}

  /** The rows of a round that begins at a run; those of a directed campaign learn from the rounds before. */
  round(from: number, pieces: number): Range[] {
    const { runs, strategy } = this.options;
    const to = strategy === "target" ? Math.min(runs, from + ROUND_RUNS) : runs;
    const size = Math.max(1, Math.ceil((to - from) / pieces));
    const ranges: Range[] = [];
    for (let at = from; at < to; at += size) ranges.push({ from: at, to: Math.min(to, at + size) });
    return ranges;
  }

  /** Takes the rows of one round; what comes behind one that was interrupted does not count. */
  add(reports: readonly RangeReport[]): void {
    const { corpus } = this;
    for (const report of reports) {
      if (this.interrupted) return;
      this.addRow(report, corpus);
    }
    this.corpus = grown(
      corpus,
      reports.flatMap(({ candidates }) => candidates),
    );
  }

  private addRow(report: RangeReport, corpus: Corpus): void {
    const found = new Map(report.found.map((finding) => [finding.claim, finding]));
    for (const claim of report.claims) {
      const finding = found.get(claim);
      if (finding === undefined || this.claims.get(claim) !== undefined) {
        if (!this.claims.has(claim)) this.claims.set(claim, undefined);
        continue;
      }
      this.claims.set(claim, finding);
      this.corpora.set(claim, corpus);
      this.before.set(claim, { runs: finding.run + 1, steps: this.steps + finding.steps });
    }
    for (const [claim, run] of report.reached) if (!this.reached.has(claim)) this.reached.set(claim, run + 1);
    for (const name of report.executed) this.executed.add(name);
    for (const [script, runs] of report.scripts) this.scripts.set(script, (this.scripts.get(script) ?? 0) + runs);
    this.chapters.push(...report.chapters);
    this.runs += report.runs;
    this.steps += report.steps;
    this.interrupted = report.interrupted;
  }

  violated(): string[] {
    return this.findings().map(({ claim }) => claim);
  }

  /** The first violation of each claim that fell, with what its run was made from. */
  findings(): { readonly claim: string; readonly run: number; readonly corpus: Corpus }[] {
    return [...this.claims].flatMap(([claim, finding]) =>
      finding === undefined ? [] : [{ claim, run: finding.run, corpus: this.corpora.get(claim) ?? EMPTY_CORPUS }],
    );
  }

  result(shrunk: readonly Shrunk[]): FuzzResult {
    const counterexamples = new Map<string, Counterexample>();
    for (const { claim, counterexample } of shrunk) {
      if (counterexample !== undefined) counterexamples.set(claim, counterexample);
    }
    return {
      design: this.design.id,
      seed: this.options.seed,
      runs: this.runs,
      steps: this.steps,
      evidence: this.evidence(),
      counterexamples,
      repeats: new Map(shrunk.map(({ claim, repeat }) => [claim, repeat])),
      executed: [...this.executed].sort(),
      interrupted: this.interrupted,
      reachedIn: this.reached,
      scripts: this.scriptReports(),
      chapters: this.chapters,
    };
  }

  private scriptReports(): ScriptReport[] {
    const { strategy, scope } = this.options;
    if (strategy !== "corner" && strategy !== "mixed") return [];
    return placeScripts(this.design, scope).map(({ script: { id, title }, worlds, reason }: PlacedScript) => {
      const runs = this.scripts.get(id) ?? 0;
      return { id, title, runs, ...(worlds.length > 0 || reason === undefined ? {} : { reason }) };
    });
  }

  private evidence(): ReadonlyMap<string, Evidence> {
    const evidence = new Map<string, Evidence>();
    this.claims.forEach((finding, id) => {
      const before = this.before.get(id);
      evidence.set(id, {
        engine: "fuzz",
        scope: this.where(),
        verdict: finding !== undefined ? "violated" : this.runs === 0 ? "unknown" : "holds",
        completeness:
          before === undefined
            ? `SAMPLED: no violation in ${this.runs} ${this.runs === 1 ? "run" : "runs"}`
            : `SAMPLED: violated in run ${before.runs}`,
        runs: before?.runs ?? this.runs,
        steps: before?.steps ?? this.steps,
        reached: this.reached.has(id),
      });
    });
    return evidence;
  }

  private where(): string {
    const { scope, strategy = "uniform", depth = DEPTH_DEFAULT } = this.options;
    const where = scope === undefined ? this.worlds(strategy) : printScope(scope);
    if (strategy === "uniform") return where;
    return `${where}; by ${strategy}${strategy === "pct" ? ` of depth ${depth}` : ""}`;
  }

  private worlds(strategy: Strategy): string {
    const own = (this.design.worlds ?? []).join(" | ");
    if (livesInWorlds(this.design)) return own;
    return strategy === "uniform" || own === "" ? RANDOM_WORLDS : `${RANDOM_WORLDS}, and ${own}`;
  }
}

const RANDOM_WORLDS = "random worlds of 1 to 4 CPUs and 8 to 4096 pages";
