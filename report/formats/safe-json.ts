/** What a terminal or an editor may obey instead of showing it; JSON leaves all but the first thirty-two of them as they are. */
const UNSEEN =
  /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff]/g;

/**
 * Rewrites the text of a JSON document so that printing it is harmless: the value is the same, every control, direction and
 * private character is written as an escape.
 */
export function safeJson(document: string): string {
  return document.replace(UNSEEN, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
