import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { counterexampleText } from "../../../harness/counterexample-file.ts";
import { AREAS, sampleRun } from "./sample-runs.ts";

/**
 * The Informal Trace Format in our words, after Apalache's ADR 015: variables are named once, every state gives each of them a
 * value, and a value is a truth value, a text, a whole number that a double holds, or one of the marked collections.
 */
function itfSchema(vars: readonly string[]): object {
  const value = { $ref: "#/definitions/value" };
  const marked = (key: string, content: object): object => ({
    type: "object",
    required: [key],
    additionalProperties: false,
    properties: { [key]: content },
  });
  const values = { type: "array", items: value };
  const pair = { type: "array", minItems: 2, maxItems: 2, items: value };
  return {
    type: "object",
    required: ["vars", "states"],
    additionalProperties: false,
    properties: {
      "#meta": { type: "object" },
      params: { type: "array", items: { type: "string" } },
      vars: { type: "array", uniqueItems: true, items: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$" } },
      loop: { type: "integer", minimum: 0 },
      states: {
        type: "array",
        minItems: 1,
        items: {
          type: "object",
          required: [...vars],
          additionalProperties: false,
          properties: {
            "#meta": { type: "object", properties: { index: { type: "integer", minimum: 0 } } },
            ...Object.fromEntries(vars.map((name) => [name, value])),
          },
        },
      },
    },
    definitions: {
      value: {
        anyOf: [
          { type: ["boolean", "string"] },
          { type: "integer", minimum: -(2 ** 53), maximum: 2 ** 53 },
          values,
          marked("#bigint", { type: "string", pattern: "^-?\\d+$" }),
          marked("#tup", values),
          marked("#set", values),
          marked("#map", { type: "array", items: pair }),
          marked("#unserializable", { type: "string" }),
          { type: "object", propertyNames: { pattern: "^[^#]" }, additionalProperties: value },
        ],
      },
    },
  };
}

interface Trace {
  readonly vars: string[];
  readonly states: { "#meta": { index: number }; [name: string]: unknown }[];
}

describe("a counterexample file", () => {
  it.each(AREAS)("of %s keeps the rules of the Informal Trace Format", (area) => {
    const trace = JSON.parse(counterexampleText(sampleRun(area))) as Trace;
    const conforms = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(itfSchema(trace.vars));
    conforms(trace);
    expect(conforms.errors).toBeNull();
    expect(trace.states.map((state) => state["#meta"].index)).toEqual(trace.states.map((_, at) => at));
    expect(trace.states).toHaveLength(sampleRun(area).steps.length + 1);
  });

  it("that leaves a variable out of a state, or holds a value that ITF has not, does not", () => {
    const { vars, states } = JSON.parse(counterexampleText(sampleRun("slots"))) as Trace;
    const conforms = new Ajv({ allowUnionTypes: true }).compile(itfSchema(vars));
    const [{ action, ...rest } = { action: "", "#meta": { index: 0 } }] = states;
    expect(action).toBe("initial");
    expect(conforms({ vars, states: [rest] })).toBe(false);
    expect(conforms({ vars, states: [{ ...rest, action: 0.5 }] })).toBe(false);
    expect(conforms({ vars, states: [{ ...rest, action: { "#map": [[1]] } }] })).toBe(false);
  });
});
