import type { ChartName } from "./missing-edge.ts";
import { type PartText, range, type Scope, type VectorText } from "./product.ts";

/** A participant that moves or blocks the vector. */
export function must(chart: ChartName, event: string, ...at: readonly number[]): PartText {
  return { chart, at, event, optional: false };
}

/** A participant that a broadcast reaches: it moves if it can. */
export function reaches(chart: ChartName, event: string, ...at: readonly number[]): PartText {
  return { chart, at, event, optional: true };
}

/** What a vector asks of the translation of one page under one context of a CPU. */
export type TranslationPart = (cpu: number, context: number, page: number) => PartText;

export function may(event: string): TranslationPart {
  return (...at) => reaches("translation", event, ...at);
}

export function translationsOfPage(scope: Scope, page: number, part: TranslationPart): readonly PartText[] {
  return range(scope.cpus).flatMap((cpu) => range(scope.contexts).map((context) => part(cpu, context, page)));
}

export function translationsOfContext(
  scope: Scope,
  cpu: number,
  context: number,
  part: TranslationPart,
): readonly PartText[] {
  return range(scope.pages).map((page) => part(cpu, context, page));
}

export function translationsOfCpu(scope: Scope, cpu: number, part: TranslationPart): readonly PartText[] {
  return range(scope.contexts).flatMap((context) => translationsOfContext(scope, cpu, context, part));
}

export function kernel(rule: string, args: readonly number[], parts: readonly PartText[]): VectorText {
  return vector("kernel", rule, args, parts);
}

export function vector(
  owner: VectorText["owner"],
  rule: string,
  args: readonly number[],
  parts: readonly PartText[],
): VectorText {
  return { rule, owner, args, parts };
}

/** A vector's arguments leave the context out while there is only one, as instance names do. */
export function named(scope: Scope, cpu: number, context: number): readonly number[] {
  return scope.contexts === 1 ? [cpu] : [cpu, context];
}

/** The context among a vector's arguments, which `named` may have left out. */
export function contextOf(scope: Scope, { args }: VectorText): number {
  return scope.contexts === 1 ? 0 : args[1];
}

/** The slot whose PCIDs a context is one of. */
export function slotOf(scope: Scope, context: number): number {
  return Math.floor(context / scope.classes);
}

/** The contexts of a slot, one per class. */
export function contextsOfSlot(scope: Scope, slot: number): readonly number[] {
  return range(scope.classes).map((kind) => slot * scope.classes + kind);
}

export function plus(text: VectorText, parts: readonly PartText[]): VectorText {
  return { ...text, parts: [...text.parts, ...parts] };
}
