import { ACTION, type ActionKind, type NamedAction } from "../../model/action.ts";

/** Longest line that consecutive steps are joined to. */
const WIDTH = 100;

/** Keys of a line beside kind and CPU, in the order in which they are printed. */
const TEXT_KEYS = ["worker", "call", "request"] as const;
const NUMBER_KEYS = ["order", "pfn", "peer"] as const;

/** A line of a run that says something beside what an action holds: names given to blocks. */
export type LineExtras = Readonly<Record<string, string>>;

/** A line that is not one; told to whoever knows the file. */
export class BadLine extends Error {}

/**
 * A run as lines to read and to compare: steps of one program in a row share a line, everything else has one of its own.
 *
 *     cpu0 alloc request=GFP_KERNEL order=0
 *     cpu0 task: alloc_pages/rmqueue take#1 done
 *     cpu1 ipi peer=0
 */
export function actionLines(actions: readonly NamedAction[]): string[] {
  const lines: string[] = [];
  let head = "";
  for (const action of actions) {
    if (action.kind !== "step") {
      head = "";
      lines.push(actionLine(action));
      continue;
    }
    const own = `cpu${action.cpu} ${escaped(action.level ?? "")}: ${escaped(action.program ?? "")}/`;
    const label = `${escaped(action.step ?? "")}${action.choice === undefined ? "" : `#${action.choice}`}`;
    const joined = `${lines.at(-1)} ${label}`;
    if (own === head && joined.length <= WIDTH) lines[lines.length - 1] = joined;
    else lines.push(own + label);
    head = own;
  }
  return lines;
}

/** One action that is no step, with what else there is to say about it. */
export function actionLine(action: NamedAction, extras: LineExtras = {}): string {
  const told = [...TEXT_KEYS, ...NUMBER_KEYS]
    .filter((key) => action[key] !== undefined)
    .map((key) => `${key}=${escaped(String(action[key]))}`);
  if (action.args !== undefined && action.args.length > 0) told.push(`args=${action.args.join("+")}`);
  const more = Object.entries(extras).map(([key, value]) => `${key}=${value}`);
  return [`cpu${action.cpu}`, action.kind, ...told, ...more].join(" ");
}

/** The actions of such lines. Errors: `BadLine`. */
export function actionsOfLines(lines: readonly string[]): NamedAction[] {
  return lines.flatMap((line) => stepsOfLine(line) ?? [readActionLine(line, []).action]);
}

/** One action that is no step, and those extras that were expected. Errors: `BadLine`. */
export function readActionLine(
  line: string,
  expected: readonly string[],
): { readonly action: NamedAction; readonly extras: LineExtras } {
  const [, cpu, kind = "", rest = ""] = /^cpu(\d{1,2}) ([a-zA-Z]+)((?: [a-z]+=\S+)*)$/.exec(line) ?? [];
  if (cpu === undefined || !Object.hasOwn(ACTION, kind) || kind === "step") throw bad(line);
  const action: Record<string, unknown> = { kind: kind as ActionKind, cpu: Number(cpu) };
  const extras: Record<string, string> = {};
  for (const part of rest.split(" ").filter((piece) => piece !== "")) {
    const at = part.indexOf("=");
    const key = part.slice(0, at);
    const value = part.slice(at + 1);
    if (key in action || key in extras) throw bad(line);
    if (expected.includes(key)) extras[key] = value;
    else action[key] = fieldValue(key, value, line);
  }
  if (kind === "call") action.args ??= [];
  return { action: action as unknown as NamedAction, extras };
}

function stepsOfLine(line: string): NamedAction[] | undefined {
  const [, cpu, level = "", program = "", rest = ""] = /^cpu(\d{1,2}) ([^\s:]+): ([^\s/]+)\/(.+)$/.exec(line) ?? [];
  if (cpu === undefined) return undefined;
  return rest.split(" ").map((part) => {
    const [, label, choice] = /^([^\s#]+)(?:#(\d{1,8}))?$/.exec(part) ?? [];
    if (label === undefined) throw bad(line);
    const told = choice === undefined ? {} : { choice: Number(choice) };
    const names = { level: unescaped(level, line), program: unescaped(program, line), step: unescaped(label, line) };
    return { kind: "step", cpu: Number(cpu), ...names, ...told };
  });
}

function fieldValue(key: string, value: string, line: string): unknown {
  if (TEXT_KEYS.some((known) => known === key)) return unescaped(value, line);
  if (NUMBER_KEYS.some((known) => known === key) && /^\d{1,8}$/.test(value)) return Number(value);
  if (key === "args" && /^\d{1,8}(\+\d{1,8}){0,3}$/.test(value)) return value.split("+").map(Number);
  throw bad(line);
}

function bad(line: string): BadLine {
  return new BadLine(`"${line.slice(0, 80)}" is not an action`);
}

/** Names are words; what would end one is written as in a URL. */
function escaped(name: string): string {
  return name.replace(/[\s%=#/:]/g, (character) => encodeURIComponent(character));
}

function unescaped(text: string, line: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad(line);
  }
}
