import type { Finding } from "../platform/doctor-findings.ts";
import { plainText } from "./escape.ts";
import type { Ink } from "./ink.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 80;
const STATUS = 9;
const NAME = 16;

/** One line for each finding, and below what is missing what it serves and what to type. */
export function doctorText(found: readonly Finding[], last: string, ink: Ink): string {
  const needed = found.filter((finding) => finding.needed);
  const others = found.filter((finding) => !finding.needed);
  const block = (title: string, part: readonly Finding[]): string =>
    `${title}\n${part.map((finding) => lines(finding, ink)).join("")}`;
  return `${[block("needed", needed), block("useful", others), last].join("\n")}\n`;
}

function lines({ what, status, needed, found, serves, install }: Finding, ink: Ink): string {
  const paint = status === "ok" ? ink.green : needed ? ink.red : ink.yellow;
  const head = `  ${paint(status.padEnd(STATUS))}${what.padEnd(NAME)}${plainText(found)}`;
  const told = [
    ...(serves === undefined ? [] : [`for: ${serves}`]),
    ...(install === undefined ? [] : [`get: ${install}`]),
  ];
  const indent = 2 + STATUS + NAME;
  return [
    head,
    ...told.map((line) => " ".repeat(indent) + wrap(line, WIDTH - indent).join(`\n${" ".repeat(indent + 2)}`)),
  ]
    .map((line) => `${line}\n`)
    .join("");
}
