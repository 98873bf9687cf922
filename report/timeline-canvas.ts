/** One row of a timeline, character by character. */
export class CanvasRow {
  private readonly cells: string[] = [];

  put(at: number, text: string): void {
    [...text].forEach((sign, offset) => {
      this.cells[at + offset] = sign;
    });
  }

  /**
   * An arrow from column `from` to the lane at `to`; lanes between are crossed. `from` is the first column of its shaft.
   * The label is left out where there is no room for it.
   */
  arrow(from: number, to: number, label: string, lanes: readonly number[]): void {
    const isRight = to > from;
    const head = isRight ? to - 1 : to + 1;
    const [low, high] = isRight ? [from, head - 1] : [head + 1, from];
    for (let at = low; at <= high; at++) {
      const crossed = lanes.includes(at);
      if (this.cells[at] !== "▶" && this.cells[at] !== "◀") this.put(at, crossed ? "┼" : "─");
    }
    this.put(head, isRight ? "▶" : "◀");
    const at = placeFor(label.length, this.cells, low, high);
    if (at !== undefined) this.put(at, label);
  }

  toString(): string {
    return Array.from(this.cells, (sign) => sign ?? " ")
      .join("")
      .trimEnd();
  }
}

/** The middle of the longest plain piece of a shaft, if a dash stays on either side. */
function placeFor(length: number, cells: readonly string[], low: number, high: number): number | undefined {
  let best = { from: 0, size: 0 };
  for (let at = low; at <= high; at++) {
    let end = at;
    while (end <= high && cells[end] === "─") end++;
    if (end - at > best.size) best = { from: at, size: end - at };
    at = end;
  }
  return best.size < length + 2 ? undefined : best.from + Math.floor((best.size - length) / 2);
}

/** `12✗ `: the number of an event, its mark, and the blank before the first column. */
export function numberCell(number: number | undefined, mark: string, digits: number): string {
  if (number === undefined) return mark.padStart(digits);
  return `${String(number).padStart(digits)}${mark}`;
}
