import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const LINK = /\[(?:[^\]]*)\]\(([^()\s]+(?:\([^()]*\))?)\)/g;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const FENCE = /^\s*(?:```|~~~)/;

/** Relative links of one page that lead nowhere, as `page:line: target`; links with a scheme are nobody's to check offline. */
export function brokenLinks(page: string, root = "."): string[] {
  return prose(readFileSync(join(root, page), "utf8")).flatMap(({ line, text }) =>
    [...text.matchAll(LINK)]
      .map((match) => match[1] ?? "")
      .filter((target) => !/^[a-z]+:/i.test(target) && !leadsSomewhere(root, page, target))
      .map((target) => `${page}:${line}: ${target}`),
  );
}

/** The anchors a renderer derives from the headings of a page; a heading that occurs again gets `-1`, `-2` and so on. */
export function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const { text: line } of prose(text, false)) {
    const heading = HEADING.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return found;
}

function slugOf(heading: string): string {
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}

function leadsSomewhere(root: string, page: string, target: string): boolean {
  const [path = "", anchor] = decodeURIComponent(target).split("#");
  const file = path === "" ? join(root, page) : normalize(join(root, dirname(page), path));
  if (!existsSync(file)) return false;
  return anchor === undefined || !file.endsWith(".md") || anchors(readFileSync(file, "utf8")).has(anchor);
}

/** The lines outside code fences, numbered from 1; inline code is blanked, unless it is wanted (a heading may hold some). */
function prose(text: string, blankCode = true): { line: number; text: string }[] {
  let fenced = false;
  return text.split("\n").flatMap((raw, at) => {
    if (FENCE.test(raw)) {
      fenced = !fenced;
      return [];
    }
    return fenced ? [] : [{ line: at + 1, text: blankCode ? raw.replace(/`[^`]*`/g, "") : raw }];
  });
}
