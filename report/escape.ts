/** Longest text taken from a stranger's file that a report prints, in characters. */
const TEXT_MAX = 2_000;

/**
 * Characters that move the cursor, start a terminal sequence, break a line, turn the reading direction or are not seen: controls
 * (C0, DEL, C1), line and paragraph separators, every format character (zero width, bidi, tags, soft hyphen, byte order mark),
 * variation selectors, fillers that print as nothing, blanks other than the blank, private characters and halves of surrogate pairs.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u17b4\u17b5\u3164\uffa0]|\p{Variation_Selector}|\u034f|(?! )\p{Zs}/gu;

/**
 * A text that came from a file, as it may be printed: on one line, with every character visible and none that a terminal obeys.
 *
 * Counterexample files and traces come from strangers; a program may be named after an escape sequence that rewrites the screen.
 *
 * - **Shapes, units**: unsafe characters become `\u{1b}`; a text of more than `max` characters is cut and ends in `…`. The
 *   result is not unescaped anywhere, so a backslash stays as it is. Escaping twice changes nothing.
 */
export function plainText(text: string, max: number = TEXT_MAX): string {
  const visible = text.slice(0, max + 1).replace(UNSEEN, (character) => `\\u{${codeOf(character)}}`);
  return visible.length <= max ? visible : `${cutWhole(visible, max - 1)}…`;
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

/** Does not leave half a character at the end. */
function cutWhole(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
}
