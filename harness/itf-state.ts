import type { Column } from "../model/column.ts";
import type { Machine } from "../model/machine.ts";
import type { State } from "../model/state.ts";

/** A sparse column in the Informal Trace Format: pairs of row and value; rows that are not named hold 0. */
export interface ItfMap {
  readonly "#map": readonly (readonly [row: number, value: number])[];
}

/** The variables of an exported state, in its order: the action that led there, then the observable columns. */
export function itfVariables(machine: Machine): string[] {
  return ["action", ...machine.state.columns.filter(isObservable).map(variableName)];
}

/** The observable columns of a state. Raw values: links hold index + 1. */
export function itfState(state: State): Record<string, ItfMap> {
  return Object.fromEntries(state.columns.filter(isObservable).map((column) => [variableName(column), mapOf(column)]));
}

function isObservable(column: Column): boolean {
  return column.spec.observable === true;
}

/** `hw.present` as an identifier that other tools accept. */
function variableName(column: Column): string {
  return column.name.replaceAll(".", "_");
}

function mapOf(column: Column): ItfMap {
  const pairs: [number, number][] = [];
  for (let row = 0; row < column.rows; row++) {
    const value = column.get(row);
    if (value !== 0) pairs.push([row, value]);
  }
  return { "#map": pairs };
}
