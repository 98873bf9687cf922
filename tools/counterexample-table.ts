/** Timeline lines and micro-steps. */
export interface Size {
  readonly events: number;
  readonly steps: number;
}

/** One canary: found at random, made small, and held against the shortest run there is. */
export interface CounterexampleRow {
  readonly design: string;
  readonly claim: string;
  /** Where random runs looked, as `--scope` takes it, and how many it took; absent where none of them found it. */
  readonly world: string;
  readonly runs?: number;
  /** The failing run as it was run. */
  readonly before?: Size;
  /** What is left of it. */
  readonly after?: Size;
  readonly scope?: string;
  readonly proven?: boolean;
  /** A shortest run in the world that was looked in, breadth first; absent where the search met its limit. */
  readonly optimum?: Size;
  readonly attempts?: number;
  readonly states?: number;
  /** Processor time, measured once on one machine: no check compares them. */
  readonly seconds?: { readonly find: number; readonly shrink: number };
}

/** What `tools/counterexamples` stores, and with which options it looked. */
export interface CounterexampleTable {
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
  readonly rows: readonly CounterexampleRow[];
}

/** The table for Markdown, its medians first. */
export function counterexampleMarkdown(table: CounterexampleTable): string {
  const { rows, seed, runs, steps } = table;
  return [
    ...mediansOf(rows),
    "",
    "| canary | claim | found in run | lines, steps as found | small | in | shortest there is | proven | runs tried, states | find + shrink, s |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(rowOf),
    "",
    `Random runs: seed ${seed}, ${steps} scheduling choices each, at most ${runs} runs for a canary.`,
  ].join("\n");
}

/** Everything but the seconds, which no two runs share. */
export function countsOf({ rows, ...options }: CounterexampleTable): string {
  return JSON.stringify({ ...options, rows: rows.map(({ seconds: _, ...counts }) => counts) }, null, 2);
}

function mediansOf(rows: readonly CounterexampleRow[]): string[] {
  const found = rows.filter(({ after }) => after !== undefined);
  const proven = found.filter((row) => row.proven === true).length;
  const ratios = found.flatMap(({ after, optimum }) => (after && optimum ? [after.steps / optimum.steps] : []));
  const seconds = found.flatMap((row) => (row.seconds ? [row.seconds.find + row.seconds.shrink] : []));
  const lost = found.map(({ before, after }) => (before?.steps ?? 0) / (after?.steps ?? 1));
  return [
    `- **${found.length} of ${rows.length}** canaries are found by random runs; ${proven} of the shrunk runs are proven shortest in their scope.`,
    `- Median steps after shrinking: **${fixed(median(ratios))} ×** the breadth-first optimum of the world they were found in; worst ${fixed(Math.max(...ratios))} ×.`,
    `- Median find + shrink: **${fixed(median(seconds))} s**; ${seconds.filter((s) => s > 1).length} canaries take longer than 1 s.`,
    `- The median run shrinks to 1/${Math.round(median(lost))} of its steps.`,
  ];
}

function rowOf(row: CounterexampleRow): string {
  const { design, claim, runs, before, after, scope, optimum, proven, attempts, states, seconds, world } = row;
  const small = size(after);
  const cells = [
    `\`${design.replace(/^canary-/, "")}\``,
    claim,
    runs === undefined ? "none" : String(runs),
    size(before),
    small === "" ? "" : `**${small}**`,
    `\`${shortScope(scope ?? world)}\``,
    size(optimum),
    proven === undefined ? "" : proven ? "yes" : "no",
    attempts === undefined ? "" : `${attempts}, ${states}`,
    seconds === undefined ? "" : `${fixed(seconds.find)} + ${fixed(seconds.shrink)}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function size(of: Size | undefined): string {
  return of === undefined ? "" : `${of.events}, ${of.steps}`;
}

/** Without what is the same in nearly every row. */
function shortScope(scope: string): string {
  return scope.replace(/,(geometry=small|setup=fresh|slots=1|classes=1)(?=,|$)/g, "");
}

function fixed(value: number): string {
  return value.toFixed(2);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0];
  return (low + high) / 2;
}
