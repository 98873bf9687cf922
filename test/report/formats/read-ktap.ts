/** A result line with what is nested under it. */
export interface KtapTest {
  readonly name: string;
  readonly result: "ok" | "not ok" | "skip";
  readonly told: string;
  readonly tests: readonly KtapTest[];
}

export interface KtapDocument {
  readonly tests: readonly KtapTest[];
  /** Where the text breaks a rule of Documentation/dev-tools/ktap.rst, with the line. */
  readonly faults: readonly string[];
}

const RESULT = /^(ok|not ok) (\d+)(?: (?:- )?([^#]*?))?(?: # ?(?:(SKIP)\b ?)?(.*))?$/;

/**
 * A strict reader of KTAP version 1, after the kernel's document: version line, plan, results numbered from 1, subtests indented
 * by two blanks under a version line of their own, diagnostics in `#` lines, and a parent that fails when a child does. Nothing
 * else is let through.
 */
export function readKtap(text: string): KtapDocument {
  const faults: string[] = [];
  if (!text.endsWith("\n")) faults.push("the last line has no end");
  const reader = new Reader(text.split("\n").slice(0, -1), faults);
  const tests = reader.level(0);
  if (reader.at < reader.lines.length) faults.push(`${reader.at + 1}: more than one document`);
  return { tests, faults };
}

class Reader {
  at = 0;

  constructor(
    readonly lines: readonly string[],
    private readonly faults: string[],
  ) {}

  level(depth: number): KtapTest[] {
    const indent = "  ".repeat(depth);
    if (this.next(indent) !== "KTAP version 1") this.fault("a version line is missing");
    const tests: KtapTest[] = [];
    let plan: number | undefined;
    let nested: KtapTest[] | undefined;
    for (let line = this.peek(indent); line !== undefined; line = this.peek(indent)) {
      if (line === "  KTAP version 1") {
        if (nested !== undefined) this.fault("two subtests without a result between");
        nested = this.level(depth + 1);
        continue;
      }
      this.at++;
      const planned = /^1\.\.(\d+)$/.exec(line)?.[1];
      if (planned !== undefined) {
        if (plan !== undefined || tests.length > 0) this.fault("a plan that does not come first");
        plan = Number(planned);
      } else if (!/^#( |$)/.test(line)) {
        tests.push(this.result(line, tests.length + 1, nested ?? []));
        nested = undefined;
      }
    }
    if (plan !== tests.length) this.fault(`${tests.length} results, planned ${plan}`);
    if (nested !== undefined) this.fault("subtests without a result");
    return tests;
  }

  private result(line: string, number: number, tests: readonly KtapTest[]): KtapTest {
    const [, word = "", counted, name = "", skip, told = ""] = RESULT.exec(line) ?? [];
    if (Number(counted) !== number) this.fault(`no result with the number ${number}: ${line}`);
    const failed = word === "not ok";
    if (!failed && tests.some(({ result }) => result === "not ok")) this.fault("ok, although a subtest is not");
    return { name, result: skip === undefined ? (failed ? "not ok" : "ok") : "skip", told, tests };
  }

  /** The present line without this level's indentation, or undefined when the level ends here. */
  private peek(indent: string): string | undefined {
    const line = this.lines[this.at];
    if (line === undefined || !line.startsWith(indent)) return undefined;
    return line.slice(indent.length);
  }

  private next(indent: string): string | undefined {
    const line = this.peek(indent);
    this.at++;
    return line;
  }

  private fault(what: string): void {
    this.faults.push(`${this.at}: ${what}`);
  }
}
