import { expect, test } from "vitest";
import { createMachine } from "xstate";

import { compile } from "../../machines/compile.ts";

const shut = { description: "shut", on: { open: "open" } };
/** Alone in its chart. */
const door = { description: "shut", on: { open: "shut" } };

test("a missing edge compiles to -1 and a written self-loop to the state itself", () => {
  const table = compile(
    createMachine({
      id: "door",
      initial: "shut",
      states: { shut, open: { description: "open", on: { shut: "shut", open: "open" } } },
    }),
  );
  expect(table.states).toEqual(["shut", "open"]);
  expect(table.events).toEqual(["open", "shut"]);
  expect(table.edges.map((row) => [...row])).toEqual([
    [1, 1],
    [-1, 0],
  ]);
  expect(table.initial).toBe(0);
});

test("a chart that is not a plain table is refused", () => {
  const nested = { ...door, initial: "a", states: { a: { description: "a" } } };
  expect(() => compile(createMachine({ id: "n", initial: "shut", states: { shut: nested } }))).toThrow(/inner states/);
  expect(() => compile(createMachine({ id: "d", initial: "shut", states: { shut: {} } }))).toThrow(/invariant/);
  const payload = createMachine({
    id: "p",
    initial: "shut",
    context: { knocks: 0 },
    states: { shut: door },
  });
  expect(() => compile(payload)).toThrow(/no payload/);
  const guarded = { description: "shut", on: { open: { target: "shut", guard: () => true } } };
  expect(() => compile(createMachine({ id: "g", initial: "shut", states: { shut: guarded } }))).toThrow(/event alone/);
  const acting = { description: "shut", on: { open: { target: "shut", actions: () => undefined } } };
  expect(() => compile(createMachine({ id: "a", initial: "shut", states: { shut: acting } }))).toThrow(/only moves/);
  const silent = { description: "shut", on: { open: { actions: () => undefined } } };
  expect(() => compile(createMachine({ id: "s", initial: "shut", states: { shut: silent } }))).toThrow(
    /names the target/,
  );
});
