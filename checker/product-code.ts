import type { PackedField, ProductLayout } from "./product-layout.ts";
import type { ProductSystem, SyncVector, VectorPart } from "./product-system.ts";

/**
 * Writes the successors of `count` states, which lie one after the other from `states[base]` on.
 *
 * Their words go to `out`, and to `ends[i]` the number of words written once the i-th state is done. `fired[v]` becomes 1
 * for each vector enabled somewhere. Answers the number of words written.
 */
export type ExpandBatch = (
  states: Int32Array,
  base: number,
  count: number,
  out: Int32Array,
  ends: Int32Array,
  fired: Uint8Array,
) => number;

/** Whether the packed state at `states[base]` violates any claim. */
export type ViolatesAny = (states: Int32Array, base: number) => boolean;

/** Beyond some 60 kB of byte code the runtime's optimising compiler refuses a function; stay far below. */
const TERMS_MAX = 400;

/**
 * Writes the product's successor function as straight-line code, a few machine instructions for each vector.
 *
 * Of a required participant only the states that have the edge matter: when that is one state, the test becomes part of
 * one masked comparison of the whole word and the move part of one XOR constant, whatever the number of participants. An
 * optional participant adds nothing to the test, and to the XOR a term that is zero unless it can move.
 * Measured and slower here: writing every successor and advancing by 0 or 1 instead of branching (1.2 times the search);
 * folding sets of states that share bits into the masked comparison as well (1.7 times the expansion).
 */
export function generateExpand(system: ProductSystem, layout: ProductLayout): ExpandBatch {
  const bodies = splitByTerms(system.vectors, (vector) => vector.parts.length + 1);
  const params = range(layout.words).map((word) => `w${word}`);
  const functions = bodies.map(
    (vectors, index) => `
function expand${index}(${params.join(", ")}, out, n, fired) {
${fieldReads(system, layout, vectors)}
${vectors.map((vector) => vectorCode(system, layout, vector)).join("\n")}
  return n;
}`,
  );
  const source = `"use strict";
${functions.join("\n")}
return function expandBatch(states, base, count, out, ends, fired) {
  let n = 0;
  for (let i = 0; i < count; i++) {
    const at = base + i * ${layout.words};
    ${params.map((param, word) => `const ${param} = states[at + ${word}];`).join(" ")}
    ${bodies.map((_, index) => `n = expand${index}(${params.join(", ")}, out, n, fired);`).join("\n    ")}
    ends[i] = n;
  }
  return n;
};`;
  return compile(source);
}

/** Writes the disjunction of all claims' forbidden conjunctions; each costs one masked comparison for each word it names. */
export function generateViolatesAny(system: ProductSystem, layout: ProductLayout): ViolatesAny {
  const conjunctions = system.claims.flatMap((claim) => claim.forbidden);
  const bodies = splitByTerms(conjunctions, (conjunction) => conjunction.length);
  const params = range(layout.words).map((word) => `w${word}`);
  const tests = (conjunction: (typeof conjunctions)[number]): string => {
    const comparison = new MaskedComparison(layout.words);
    for (const { instance, state } of conjunction) {
      comparison.add(layout.fields[instance], state);
    }
    return `  if (${conjoin(comparison.terms())}) return true;`;
  };
  const source = `"use strict";
${bodies
  .map(
    (body, index) => `function bad${index}(${params.join(", ")}) {\n${body.map(tests).join("\n")}\n  return false;\n}`,
  )
  .join("\n")}
return function violatesAny(states, base) {
  ${params.map((param, word) => `const ${param} = states[base + ${word}];`).join(" ")}
  return ${bodies.map((_, index) => `bad${index}(${params.join(", ")})`).join(" || ") || "false"};
};`;
  return compile(source);
}

/** Local states that are read more than once or compared with more than one value. */
function fieldReads(system: ProductSystem, layout: ProductLayout, vectors: readonly SyncVector[]): string {
  const parts = vectors.flatMap((vector) => vector.parts);
  const read = new Set(parts.filter((part) => !isSingleEdge(system, part)).map((part) => part.instance));
  return [...read]
    .map((instance) => {
      const { word, shift, mask } = layout.fields[instance];
      return `  const x${instance} = (w${word} >>> ${shift}) & ${mask};`;
    })
    .join("\n");
}

function isSingleEdge(system: ProductSystem, part: VectorPart): boolean {
  return !part.optional && movesOf(system, part).length === 1;
}

interface Move {
  readonly from: number;
  readonly to: number;
}

function movesOf(system: ProductSystem, part: VectorPart): Move[] {
  const row = system.components[system.instances[part.instance].component].edges[part.event];
  return range(row.length)
    .map((from) => ({ from, to: row[from] }))
    .filter(({ to }) => to >= 0);
}

function vectorCode(system: ProductSystem, layout: ProductLayout, vector: SyncVector): string {
  const comparison = new MaskedComparison(layout.words);
  const conditions: string[] = [];
  const constant = new Int32Array(layout.words);
  const deltas: string[][] = range(layout.words).map(() => []);
  for (const part of vector.parts) {
    const field = layout.fields[part.instance];
    const moves = movesOf(system, part);
    if (isSingleEdge(system, part)) {
      comparison.add(field, moves[0].from);
      constant[field.word] ^= deltaOf(field, moves[0]);
      continue;
    }
    if (!part.optional) {
      conditions.push(memberTest(system, part, moves));
    }
    const delta = deltaExpression(part, field, moves);
    if (delta !== "0") {
      deltas[field.word].push(delta);
    }
  }
  const stores = range(layout.words).map((word) => {
    const terms = [`w${word}`, ...(constant[word] === 0 ? [] : [String(constant[word])]), ...deltas[word]];
    return `out[n + ${word}] = ${terms.join(" ^ ")};`;
  });
  const index = system.vectors.indexOf(vector);
  const guard = conjoin([...comparison.terms(), ...conditions]);
  return `  if (${guard}) { fired[${index}] = 1; ${stores.join(" ")} n += ${layout.words}; }`;
}

/** "This local state has the edge", as a comparison, a bit test, or a chain where there are too many states for a word. */
function memberTest(system: ProductSystem, part: VectorPart, moves: readonly Move[]): string {
  const x = `x${part.instance}`;
  const states = system.components[system.instances[part.instance].component].states.length;
  if (moves.length === states) {
    return "true";
  }
  if (states <= 32) {
    const members = moves.reduce((mask, { from }) => mask | (1 << from), 0);
    return `((${members} >>> ${x}) & 1) !== 0`;
  }
  return moves.length === 0 ? "false" : `(${moves.map(({ from }) => `${x} === ${from}`).join(" || ")})`;
}

function deltaExpression(part: VectorPart, field: PackedField, moves: readonly Move[]): string {
  const moving = moves.filter(({ from, to }) => from !== to);
  const chain = moving.map((move) => `x${part.instance} === ${move.from} ? ${deltaOf(field, move)} : `);
  return moving.length === 0 ? "0" : `(${chain.join("")}0)`;
}

function deltaOf(field: PackedField, { from, to }: Move): number {
  return (from ^ to) << field.shift;
}

/** Several fields compared with constants: one masked comparison for each word that holds any of them. */
class MaskedComparison {
  private readonly masks: Int32Array;
  private readonly values: Int32Array;

  constructor(words: number) {
    this.masks = new Int32Array(words);
    this.values = new Int32Array(words);
  }

  add(field: PackedField, state: number): void {
    this.masks[field.word] |= field.mask << field.shift;
    this.values[field.word] |= state << field.shift;
  }

  terms(): string[] {
    return range(this.masks.length)
      .filter((word) => this.masks[word] !== 0)
      .map((word) => `(w${word} & ${this.masks[word]}) === ${this.values[word]}`);
  }
}

function conjoin(terms: readonly string[]): string {
  return terms.length === 0 ? "true" : terms.join(" && ");
}

function splitByTerms<T>(items: readonly T[], termsOf: (item: T) => number): T[][] {
  const bodies: T[][] = [];
  let room = 0;
  for (const item of items) {
    if (room < termsOf(item) || bodies.length === 0) {
      bodies.push([]);
      room = TERMS_MAX;
    }
    bodies[bodies.length - 1].push(item);
    room -= termsOf(item);
  }
  return bodies;
}

function compile<F>(source: string): F {
  return new Function(source)() as F;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
