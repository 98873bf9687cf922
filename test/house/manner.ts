import type { SourceFile } from "./source-files.ts";

/** The rules of manner as functions: each answers `path:line: what`, one line per offence, none when the file is in order. */
type Rule = (file: SourceFile) => string[];

/** Where a verdict comes from: the same input must give the same bytes. */
const PURE = /^(model|machines|properties|impl|checker|harness)\//;
const IMPURE = /Math\.random|Date\.now|new Date\(|process\.(?:env|argv)|performance\.now/;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;
const TEST_NAME = /\b(?:it|test|describe)(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(["'`])((?:(?!\1).)*)\1/g;
const SWITCHED = /\b(?:it|test|describe|suite)\.(only|skip|todo|fails|skipIf|runIf)\b/;
const MACHINE = /(?:^|[^\w.~-])(\/(?:work|root|home)\/)/;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:machine|test|bench|deep|config|d))*\.ts$/;

export const tooLong: Rule = ({ path, text }) => {
  if (!path.endsWith(".ts")) return [];
  const limit = path.startsWith("test/") ? 500 : 400;
  const lines = text.split("\n").length - 1;
  return lines > limit ? [`${path}: ${lines} lines, limit ${limit}`] : [];
};

export const badlyNamed: Rule = ({ path }) => {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return path.endsWith(".ts") && !KEBAB.test(name) ? [`${path}: not kebab-case`] : [];
};

export const impure: Rule = ({ path, text }) => {
  if (!PURE.test(path) || !path.endsWith(".ts")) return [];
  return perLine(path, text, (line) => (COMMENT.test(line) ? undefined : IMPURE.exec(line)?.[0]));
};

export const vaguelyNamed: Rule = ({ path, text }) => {
  if (!path.endsWith(".test.ts")) return [];
  const names = [...text.matchAll(TEST_NAME)].map((match) => match[2] ?? "");
  return names.filter((name) => /\b(?:should|works)\b/i.test(name)).map((name) => `${path}: "${name}"`);
};

export const silenced: Rule = ({ path, text }) => {
  if (!path.endsWith(".test.ts")) return [];
  const lines = text.split("\n");
  return perLine(path, text, (line, at) => {
    const how = SWITCHED.exec(line)?.[1];
    if (how === undefined || how === "only") return how;
    const reasoned = line.includes("//") || COMMENT.test(lines[at - 1] ?? "");
    return reasoned ? undefined : `${how} without a comment that says why`;
  });
};

export const machinePaths: Rule = ({ path, text }) => perLine(path, text, (line) => MACHINE.exec(line)?.[1]);

function perLine(path: string, text: string, offence: (line: string, at: number) => string | undefined): string[] {
  return text.split("\n").flatMap((line, at) => {
    const what = offence(line, at);
    return what === undefined ? [] : [`${path}:${at + 1}: ${what}`];
  });
}
