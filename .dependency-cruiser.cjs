/**
 * The import table: who may see whom. Each rule is named by the sentence it enforces, and test/house/imports.test.ts
 * shows, with one forbidden import per rule, that it bites.
 *
 * Type-only imports count (`tsPreCompilationDeps`): a specification that knows an implementation's types has seen it.
 */

const OURS = "^(model|machines|properties|impl|checker|harness|platform|cli|report|bench|tools|test)/|^index\\.ts$";
const EDGES = "^(platform|cli|report|bench|tools|test)/";

const isPackage = (name) => `(^|/)node_modules/${name}/`;

/** A folder that may reach only what is listed; everything else, packages and node:* included, is refused. */
function only(folder, name, comment, allowed) {
  return {
    name,
    comment,
    severity: "error",
    from: { path: `^${folder}/` },
    to: { pathNot: [`^${folder}/`, ...allowed], couldNotResolve: false },
  };
}

module.exports = {
  forbidden: [
    {
      name: "impl-never-sees-its-judge",
      comment: "What is on trial must not know the specification or the claims that judge it.",
      severity: "error",
      from: { path: "^impl/" },
      to: { path: "^(machines|properties)/" },
    },
    {
      name: "properties-never-see-impl",
      comment: "A claim is written against the kernel interface of model/, so that every design is judged alike.",
      severity: "error",
      from: { path: "^properties/" },
      to: { path: "^impl/" },
    },
    {
      name: "kernel-steps-read-no-translation",
      comment: "No kernel can look into a TLB; a step that did would pass by knowing what it cannot know.",
      severity: "error",
      from: { path: "^impl/" },
      to: { path: "^model/(paging/|[^.]*(translation|may-hold|attacker|ghost))" },
    },
    only("model", "model-imports-nothing", "The trusted base stands on itself alone.", []),
    only("machines", "machines-import-model-and-xstate", "Charts need the model's types and XState, nothing else.", [
      "^model/",
      isPackage("xstate"),
    ]),
    only(
      "properties",
      "properties-import-model-machines-fast-check",
      "Claims are stated over the model and the charts; fast-check supplies the arbitraries.",
      ["^(model|machines)/", isPackage("fast-check")],
    ),
    only("impl", "impl-imports-model-only", "An implementation is written against the kernel interface.", ["^model/"]),
    {
      name: "checker-imports-nothing-of-ours",
      comment: "The engine is generic: it takes tables or opaque words and knows no page.",
      severity: "error",
      from: { path: "^checker/" },
      to: { path: OURS, pathNot: "^checker/" },
    },
    {
      name: "harness-reaches-no-edge",
      comment: "Workers, clocks and bytes come to the harness as a Ports argument, so that it runs without them.",
      severity: "error",
      from: { path: "^harness/" },
      to: { path: ["^(platform|cli|report)/", "^index\\.ts$"] },
    },
    {
      name: "platform-knows-no-presentation",
      comment: "The edge that touches the machine does not know how a result is shown.",
      severity: "error",
      from: { path: "^platform/" },
      to: { path: ["^(cli|report)/", "^index\\.ts$"] },
    },
    ...["test", "bench", "tools", "cli"].map((leaf) => ({
      name: `nothing-imports-${leaf}`,
      comment:
        "test, bench, tools and cli are ends of the graph. A test may look at any of them; nobody else may. One exception: the " +
        "reference model lives in the engine's tests, and the bench times it.",
      severity: "error",
      from: { path: OURS, pathNot: ["^test/", `^${leaf}/`] },
      to: { path: `^${leaf}/`, pathNot: ["^test/checker/reference-model[.]ts$"] },
    })),
    {
      name: "node-only-at-the-edges",
      comment: "A verdict depends on its inputs alone; files, clocks and environment are the edges' business.",
      severity: "error",
      from: { path: OURS, pathNot: EDGES },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-cycles",
      comment:
        "Two files that need each other are one file, or three. Types may refer to each other: a step takes a kernel, " +
        "a kernel runs steps, and nothing is loaded in a circle.",
      severity: "error",
      from: { path: OURS },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-unresolvable",
      comment: "An import that leads nowhere fails at run time on somebody else's machine.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "product-needs-no-dev-dependency",
      comment: "What a user installs has no devDependencies.",
      severity: "error",
      from: { path: OURS, pathNot: "^(test|bench|tools)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|asilab-out|coverage)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      conditionNames: ["import", "types", "default"],
      exportsFields: ["exports"],
    },
  },
};
