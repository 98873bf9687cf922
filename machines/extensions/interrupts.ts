import type { Charts } from "../charts.ts";
import { beginning } from "../claim-patterns.ts";
import type { Extension, Rider } from "../extension.ts";
import { interruptedCpuMissing } from "../interrupted-cpu.machine.ts";
import { needs, type Precondition } from "../precondition.ts";
import { type PartText, range, type Scope, type VectorText } from "../product.ts";
import { sectionMissing } from "../section.machine.ts";
import { targetMissing } from "../target.machine.ts";
import { contextOf, kernel, must, named, plus, vector } from "../vector-parts.ts";

/**
 * Interrupts and NMIs as steps: they nest, may exit at any instruction, and on their way out restore what they interrupted.
 *
 * Every move of a task now asks that a task runs, and every entry comes twice: in `asi_enter()`, and in the epilogue of an
 * interrupt. `exit` is a handler's; the task's own is `leave`. `interrupt` is the hardware's and asks nobody.
 */
export const interruptExtension: Extension = {
  asked: ({ nmi }) => nmi,
  riders: {
    announce: twice("confirmBegun"),
    enter: twice("enter"),
    enterNoflush: twice("enter"),
    enterFlushing: twice("enter"),
    exit: (scope, text) => exits(scope, text),
    relax: (scope, text) => {
      const at = [text.args[0], contextOf(scope, text)];
      return [{ ...text, parts: [must("section", "relax", ...at), must("target", "relax", ...at), inTask(text)] }];
    },
    tighten: () => [],
    begin: (scope, text) => [plus(text, [inTask(text), ...outside(scope, text.args[0])])],
    beginSwitch: (scope, text) => [plus(text, [inTask(text), ...outside(scope, text.args[0])])],
  },
  vectors: (scope) =>
    range(scope.cpus).flatMap((cpu) => [
      ...nesting(cpu),
      resume("resumeFree", scope, cpu, (context) => [must("target", "confirmNull", cpu, context)]),
      ...range(scope.contexts).flatMap((context) => section(scope, cpu, context)),
    ]),
  preconditions,
  missing: () => [...interruptedCpuMissing, ...targetMissing, ...sectionMissing],
  claims: (_, charts) => [
    {
      id: "S22",
      statement: "Inside a critical section, task context never runs unrestricted.",
      patterns: [
        { nest: ["task"], section: ["inside"], cpu: charts.cpu.states.filter((state) => state !== "restricted") },
      ],
    },
  ],
  reaches: () => [
    {
      id: "S22",
      statement: "An interrupt has left the context of a critical section, and is about to return.",
      patterns: [{ nest: ["epilogue"], section: ["inside"], cpu: ["leaving"] }],
    },
  ],
};

function nesting(cpu: number): readonly VectorText[] {
  return [
    vector("hardware", "interrupt", [cpu], [must("nest", "interrupt", cpu)]),
    kernel("return", [cpu], [must("nest", "return", cpu)]),
  ];
}

/** An entry of the task, which advances its program or asks it where it is, and the same entry made by an epilogue. */
function twice(step: "enter" | "confirmBegun"): Rider {
  return (scope, text) => {
    const at = [text.args[0], contextOf(scope, text)];
    const aimed = must("target", "confirmSet", ...at);
    return [
      plus(text, [aimed, must("section", step, ...at), inTask(text)]),
      plus({ ...text, rule: `re${text.rule}` }, [aimed, must("nest", "confirmEpilogue", text.args[0])]),
    ];
  };
}

function exits(scope: Scope, text: VectorText): readonly VectorText[] {
  const [cpu] = text.args;
  const handler = must("nest", "confirmHandler", cpu);
  return [
    plus({ ...text, owner: "kernel" }, [handler]),
    plus({ ...text, owner: "kernel", rule: "leave" }, [inTask(text), ...outside(scope, cpu)]),
  ];
}

/** One context's critical section, and the returns into it. */
function section(scope: Scope, cpu: number, context: number): readonly VectorText[] {
  const args = named(scope, cpu, context);
  const others = range(scope.contexts).filter((other) => other !== context);
  const task = must("nest", "confirmTask", cpu);
  const aimed = must("target", "confirmSet", cpu, context);
  const resumed = must("nest", "resume", cpu);
  return [
    kernel("call", args, [
      must("section", "call", cpu, context),
      ...others.map((other) => must("section", "confirmOutside", cpu, other)),
      task,
    ]),
    kernel("aim", args, [must("section", "aim", cpu, context), must("target", "aim", cpu, context), task]),
    kernel("findEntered", args, [
      must("section", "enter", cpu, context),
      must("cpu", "confirmRestricted", cpu, context),
      aimed,
      task,
    ]),
    kernel("resumeRestored", args, [resumed, aimed, must("cpu", "confirmRestricted", cpu, context)]),
    kernel("resumeMidway", args, [
      resumed,
      aimed,
      must("section", "confirmBegun", cpu, context),
      must("cpu", "confirmEntering", cpu, context),
    ]),
  ];
}

function resume(rule: string, scope: Scope, cpu: number, ask: (context: number) => readonly PartText[]): VectorText {
  return kernel(rule, [cpu], [must("nest", "resume", cpu), ...range(scope.contexts).flatMap(ask)]);
}

function inTask(text: VectorText): PartText {
  return must("nest", "confirmTask", text.args[0]);
}

function outside(scope: Scope, cpu: number): readonly PartText[] {
  return range(scope.contexts).map((context) => must("section", "confirmOutside", cpu, context));
}

function preconditions(_: Scope, charts: Charts): readonly Precondition[] {
  const taskRules = [
    ...["announce", "enter", "enterNoflush", "enterFlushing", "leave", "relax", "begin", "beginSwitch"],
    ...["call", "aim", "findEntered"],
  ];
  const epilogueRules = ["reannounce", "reenter", "reenterNoflush", "reenterFlushing"];
  const resumes = ["resumeFree", "resumeRestored", "resumeMidway"];
  const entries = ["announce", "enter", "enterNoflush", "enterFlushing"].flatMap((rule) => [rule, `re${rule}`]);
  return [
    ...taskRules.map((rule) => needs(rule, "nest", ["task"], "a task does it")),
    ...epilogueRules.map((rule) => needs(rule, "nest", ["epilogue"], "depth 0, on the way back")),
    ...resumes.map((rule) => needs(rule, "nest", ["epilogue"], "the outermost return ends in it")),
    ...[...entries, "findEntered", "resumeRestored", "resumeMidway"].map((rule) =>
      needs(rule, "target", ["set"], "the target comes before the switch"),
    ),
    ...["enter", "enterNoflush", "enterFlushing", "findEntered", "announce", "resumeMidway", "aim"].map((rule) =>
      needs(rule, "section", ["begun"], "in asi_enter()"),
    ),
    ...["leave", "begin", "beginSwitch", "call"].map((rule) =>
      needs(rule, "section", ["outside"], "not in a critical section"),
    ),
    needs("relax", "section", ["inside"], "ends a critical section"),
    needs("relax", "target", ["set"], "ends a critical section"),
    needs("aim", "target", ["null"], "once per critical section"),
    needs("resumeFree", "target", ["null"], "nothing to restore"),
    needs("exit", "nest", ["handler", "nested"], "on behalf of whom they interrupted"),
    needs("return", "nest", ["handler", "nested"], "only from a handler"),
    needs("reannounce", "cpu", ["unrestricted"], "entered from outside"),
    needs("reannounce", "shootdown", ["idle"], "an initiator stays out until it is done"),
    needs("reannounce", "slot", beginning(charts, "slot", "loaded-"), "a slot is flushed before it is used"),
    needs("reannounce", "switch", ["settled"], "loaded_mm is not to change under an entry"),
    ...["reenter", "reenterNoflush", "reenterFlushing"].map((rule) =>
      needs(rule, "cpu", ["entering"], "curr_asi comes before CR3"),
    ),
    needs("reenterNoflush", "generation", ["current"], "what is behind is invalidated before it is used"),
    needs("reenterFlushing", "generation", ["behind"], "elsewhere there is nothing to catch up with"),
    needs("findEntered", "cpu", ["restricted"], "an epilogue has made the switch"),
    needs("resumeRestored", "cpu", ["restricted"], "a critical section is restored"),
    needs("resumeMidway", "cpu", ["entering"], "the task finishes its own switch"),
  ];
}
