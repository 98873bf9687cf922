/** What a terminal or an editor may obey instead of showing it, the layout's own line ends aside. */
const UNSEEN = /(?!\n)[\p{C}\p{Zl}\p{Zp}]|\p{Variation_Selector}/gu;

/**
 * Rewrites the text of a JSON document so that printing it is harmless: the value is the same, every control, direction and
 * private character is written as an escape.
 */
export function safeJson(document: string): string {
  return document.replace(UNSEEN, (character) => character.split("").map(escapeOf).join(""));
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
