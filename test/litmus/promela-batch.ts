/**
 * Joins Promela texts into one that picks a text at its start, so that Spin and the C compiler run once for all of them.
 *
 * The texts come preprocessed. Every name a text declares at its top level gets the text's number in front; `active` processes
 * and `init` become processes that the common `init` runs; a line that a text prints begins with its name.
 *
 * - **Errors**: none of its own; a text that Spin would refuse is refused in the batch as well.
 * - **Leaves out**: `mtype`, `typedef`, `inline`, `never` and LTL, which the litmus texts do not use.
 */
export function joinPromela(texts: ReadonlyMap<string, string>): string {
  const parts = [...texts].map(([name, text], at) => renamed(name, text, `t${at}_`));
  const starts = parts.map(({ starts }) => `  :: atomic { ${starts.map((name) => `run ${name}()`).join("; ")} }`);
  return [...parts.map(({ text }) => text), "init {", "  if", ...starts, "  fi", "}", ""].join("\n");
}

const TOKEN = /"(?:[^"\\]|\\.)*"|\/\*[\s\S]*?\*\/|[A-Za-z_]\w*|\s+|./g;
const TYPES = new Set(["bit", "bool", "byte", "short", "int", "chan"]);

interface Part {
  readonly text: string;
  /** Processes that exist from the start. */
  readonly starts: readonly string[];
}

function renamed(name: string, text: string, prefix: string): Part {
  const tokens = text.match(TOKEN) ?? [];
  const { globals, active, hasInit } = declarations(tokens);
  const out = tokens.map((token, at) => {
    if (token === "active") return "";
    if (token === "init" && isTopLevelInit(tokens, at)) return `proctype ${prefix}init()`;
    if (token.startsWith('"OUTCOME ')) return token.replace("OUTCOME ", `OUTCOME ${name} `);
    return globals.has(token) ? `${prefix}${token}` : token;
  });
  const starts = [...active.map((process) => `${prefix}${process}`), ...(hasInit ? [`${prefix}init`] : [])];
  return { text: out.join(""), starts };
}

interface Declarations {
  readonly globals: ReadonlySet<string>;
  readonly active: readonly string[];
  readonly hasInit: boolean;
}

function declarations(tokens: readonly string[]): Declarations {
  const globals = new Set<string>();
  const active: string[] = [];
  let hasInit = false;
  let depth = 0;
  const words = tokens.filter((token) => !/^(?:\s|\/\*)/.test(token));
  words.forEach((word, at) => {
    if ("{([".includes(word)) depth++;
    if ("})]".includes(word)) depth--;
    if (depth > 0) return;
    if (word === "init") hasInit = true;
    if (word === "proctype") {
      const process = words[at + 1] ?? "";
      globals.add(process);
      if (words[at - 1] === "active") active.push(process);
    }
    if (TYPES.has(word)) for (const declared of declaredAfter(words, at + 1)) globals.add(declared);
  });
  return { globals, active, hasInit };
}

/** The names of one declaration: `byte a = 1, b[3];` declares a and b. */
function declaredAfter(words: readonly string[], from: number): string[] {
  const names: string[] = [];
  let depth = 0;
  let wanted = true;
  for (let at = from; at < words.length && !(depth === 0 && words[at] === ";"); at++) {
    const word = words[at] ?? "";
    if ("{([".includes(word)) depth++;
    else if ("})]".includes(word)) depth--;
    else if (depth === 0 && word === ",") wanted = true;
    else if (depth === 0 && wanted) {
      names.push(word);
      wanted = false;
    }
  }
  return names;
}

function isTopLevelInit(tokens: readonly string[], at: number): boolean {
  return tokens.slice(at + 1).find((token) => !/^\s/.test(token)) === "{";
}
