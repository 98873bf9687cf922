/**
 * Breaks a text into lines of at most `width` characters, at blanks, or inside a word, after punctuation, where a word is longer than a line.
 *
 * - **Shapes, units**: characters as the terminal counts the letters used here; lines after the first leave two free, so that a
 *   caller can indent them.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of pieces(tie(text), width)) {
    const room = width - (lines.length === 0 ? 0 : 2);
    if (line !== "" && line.length + word.trimEnd().length > room) {
      lines.push(line.trimEnd());
      line = word.trimStart();
    } else {
      line += word;
    }
  }
  if (line.trim() !== "" || lines.length === 0) lines.push(line.trimEnd());
  return lines.map((done) => done.replaceAll(TIED, " "));
}

/** A blank at which no line is broken. */
const TIED = "\u00a0";

/** Keeps together what is read as one: `pfn 3`, `pfn 3 → batch list`, `flag := yes`. */
function tie(text: string): string {
  return text
    .replace(/pfn [\d*][\d-]* (→|->) [\w -]+? list\b/g, (move) => move.replaceAll(" ", TIED))
    .replace(/\b(map|clear|flush|zero|to) (?=pfn |cpu\d)/g, `$1${TIED}`)
    .replace(/(\bpfn|\bPCID|block(?= \d)|→|->|:=) /g, `$1${TIED}`)
    .replace(/ (:=|list\b)/g, `${TIED}$1`);
}

const ASCII: Readonly<Record<string, string>> = {
  "→": "->",
  "←": "<-",
  "│": "|",
  "┼": "+",
  "─": "-",
  "▶": ">",
  "◀": "<",
  "●": "*",
  "×": "x",
  "✓": "ok",
  "✗": "X",
  "·": ";",
  "–": "-",
  "−": "-",
  "…": "...",
};

/** The same text in 7-bit characters, for mails and logs that keep no others: our own signs spelled, all else by code point. */
export function toAscii(text: string): string {
  return text.replace(/[^\n -~]/gu, (sign) => ASCII[sign] ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Words with the blank that follows them; long ones cut where they may be: after punctuation, then inside a name. */
function pieces(text: string, width: number): string[] {
  return text
    .split(/(?<= )/)
    .flatMap((word) => split(word, width, /(?<=[|,/(])/))
    .flatMap((part) => split(part, width, /(?<=_)/))
    .flatMap((part) => split(part, width, undefined));
}

function split(word: string, width: number, where: RegExp | undefined): string[] {
  const most = Math.max(1, width - 2);
  if (word.trimEnd().length <= most) return [word];
  return where === undefined ? cut(word, most) : word.split(where);
}

function cut(part: string, width: number): string[] {
  const cuts: string[] = [];
  for (let at = 0; at < part.length; at += width) cuts.push(part.slice(at, at + width));
  return cuts;
}
