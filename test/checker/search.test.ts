import { describe, expect, test } from "vitest";
import { search } from "../../checker/search.ts";
import { graphSystem, wheels } from "./graph-system.ts";
import { referenceTransitions } from "./reference-transitions.ts";

describe("search › counts", () => {
  test("a lone state without actions is one state on one level", () => {
    expect(search(graphSystem({ edges: [[]] }))).toMatchObject({
      states: 1,
      transitions: 0,
      levels: 1,
      complete: true,
    });
  });

  test("self-loops and known targets are transitions and not states", () => {
    const edges = [[{ to: 0 }, { to: 1 }, { to: 1 }], [{ to: 0 }]];
    expect(search(graphSystem({ edges }))).toMatchObject({ states: 2, transitions: 4, levels: 2, complete: true });
  });

  test("five wheels of eight positions reach 8^5 states, on 36 levels, each with five actions", () => {
    expect(search(wheels(5, 8, 1))).toMatchObject({ states: 32_768, transitions: 163_840, levels: 36, complete: true });
  });

  test("states of 80 words that differ in any word are kept apart", () => {
    expect(search(wheels(5, 8, 16))).toMatchObject({ states: 32_768, transitions: 163_840, levels: 36 });
  });

  test("flips of top bits in different words do not cancel", () => {
    const words = 12;
    const system = {
      words,
      labels: [],
      initial(out: Uint32Array) {
        out.fill(0);
        return 0;
      },
      expand(
        source: Uint32Array,
        offset: number,
        next: Uint32Array,
        visit: (a: number, v: number, d: boolean) => void,
      ) {
        for (let word = 0; word < words; word++) {
          next.set(source.subarray(offset, offset + words));
          next[word] ^= 0x80000000;
          visit(word, 0, false);
        }
        return 0;
      },
    };
    expect(search(system)).toMatchObject({ states: 4096, transitions: 4096 * 12, levels: 13, complete: true });
  });

  test("the hand-written reference model has 92,945 states, 934,597 transitions and 22 levels at 4 pages, 2 CPUs", () => {
    const result = search(referenceTransitions(4, 2));
    expect(result).toMatchObject({ states: 92_945, transitions: 934_597, levels: 22, complete: true });
    expect(result.violations).toEqual([undefined]);
  });
});

describe("search › limits", () => {
  const line = graphSystem({ edges: [[{ to: 1 }], [{ to: 2 }], [{ to: 3 }], []] });

  test("a limit equal to the number of states leaves the search complete", () => {
    expect(search(line, { maxStates: 4 })).toMatchObject({ states: 4, complete: true });
  });

  test("one state less is an incomplete search, stopped by states", () => {
    expect(search(line, { maxStates: 3 })).toMatchObject({ states: 3, complete: false, stoppedBy: "states" });
  });

  test("as many levels as there are leave the search complete, one less does not", () => {
    expect(search(line, { maxLevels: 4 })).toMatchObject({ levels: 4, complete: true });
    expect(search(line, { maxLevels: 3 })).toMatchObject({ states: 4, complete: false, stoppedBy: "levels" });
  });

  test("an interrupt ends the search after the level; on the last level it changes nothing", () => {
    const expandedTo = (depth: number) => search(line, { onLevel: (progress) => progress.depth < depth });
    expect(expandedTo(1)).toMatchObject({ states: 3, complete: false, stoppedBy: "interrupted" });
    expect(expandedTo(3)).toMatchObject({ states: 4, complete: true });
  });

  test("progress names the depth just expanded, what waits, and what was violated", () => {
    const seen: unknown[] = [];
    const edges = [[{ to: 1 }, { to: 2 }], [{ to: 2, violated: 2 }], []];
    search(graphSystem({ labels: ["a", "b"], edges }), { onLevel: (progress) => seen.push(progress) > 0 });
    expect(seen).toEqual([
      { depth: 0, frontier: 2, states: 3, transitions: 2, violated: 0 },
      { depth: 1, frontier: 0, states: 3, transitions: 3, violated: 2 },
    ]);
  });

  test("what the system throws reaches the caller untouched", () => {
    const bug = new Error("broken system");
    const system = {
      ...wheels(1, 2, 1),
      expand: () => {
        throw bug;
      },
    };
    expect(() => search(system)).toThrow(bug);
  });
});

describe("search › dead states", () => {
  test("a dead state is stored and not expanded, and the search stays complete", () => {
    const edges = [[{ to: 1, dead: true }, { to: 2 }], [{ to: 3 }], [], []];
    expect(search(graphSystem({ edges }))).toMatchObject({ states: 3, transitions: 2, dead: 1, complete: true });
  });

  test("a state found alive first is expanded, whatever a later transition calls it", () => {
    const edges = [[{ to: 1 }, { to: 1, dead: true }], [{ to: 2 }], []];
    expect(search(graphSystem({ edges }))).toMatchObject({ states: 3, dead: 0, complete: true });
  });
});

describe("search › violations", () => {
  test("finds the 7-event counterexample of the shootdown that does not wait", () => {
    const [violation] = search(referenceTransitions(2, 1, false)).violations;
    expect(violation?.depth).toBe(7);
    expect(violation?.path()).toHaveLength(7);
  });

  test("a label of the initial state has the empty path", () => {
    const [violation] = search(graphSystem({ labels: ["a"], edges: [[{ to: 0 }]], initialFault: 1 })).violations;
    expect(violation).toMatchObject({ label: "a", depth: 0 });
    expect(violation?.path()).toEqual([]);
  });

  test("a label of a source has a path that ends at the source", () => {
    const edges = [[{ to: 1 }], [{ to: 1 }, { to: 2 }], [{ to: 0 }]];
    const [violation] = search(graphSystem({ labels: ["stuck"], edges, faults: { 2: 1 } })).violations;
    expect(violation?.depth).toBe(2);
    expect(violation?.path()).toEqual([0, 1]);
  });

  test("a transition into a known state still violates, and its path ends with that transition", () => {
    const edges = [[{ to: 1 }], [{ to: 1 }, { to: 0, violated: 1 }]];
    const [violation] = search(graphSystem({ labels: ["a"], edges })).violations;
    expect(violation?.path()).toEqual([0, 1]);
  });

  test("a source one event nearer wins over a transition that was met first", () => {
    const edges = [[{ to: 1 }, { to: 2 }], [{ to: 3, violated: 1 }], [], []];
    const [violation] = search(graphSystem({ labels: ["a"], edges, faults: { 2: 1 } })).violations;
    expect(violation?.path()).toEqual([1]);
  });

  test("among paths of one length the first in the system's order wins", () => {
    const edges = [[{ to: 1 }, { to: 2 }], [{ to: 3, violated: 1 }], [{ to: 3, violated: 1 }], []];
    const [violation] = search(graphSystem({ labels: ["a"], edges })).violations;
    expect(violation?.path()).toEqual([0, 0]);
  });

  test("each label has its own shortest path, and the label never violated has none", () => {
    const edges = [[{ to: 1, violated: 1 }], [{ to: 2, violated: 5 }], []];
    const { violations } = search(graphSystem({ labels: ["a", "b", "c"], edges }));
    expect(violations.map((violation) => violation?.path())).toEqual([[0], undefined, [0, 0]]);
  });
});

describe("search › stopWhen", () => {
  const edges = [
    [{ to: 1 }, { to: 2 }],
    [{ to: 3, violated: 1 }],
    [{ to: 4, violated: 2 }],
    [{ to: 5, violated: 4 }],
    [],
    [],
  ];
  const system = graphSystem({ labels: ["a", "b", "c"], edges });

  test("finishes the level of the last label asked for, then stops", () => {
    const result = search(system, { stopWhen: 1 });
    expect(result).toMatchObject({ states: 5, complete: false, stoppedBy: "labels" });
    expect(result.violations.map((violation) => violation?.depth)).toEqual([2, 2, undefined]);
  });

  test("waits for every label of the mask", () => {
    expect(search(system, { stopWhen: 5 })).toMatchObject({ states: 6, stoppedBy: "labels" });
  });

  test("runs to completion where a label of the mask is never violated", () => {
    const result = search(graphSystem({ labels: ["a", "b"], edges: [[{ to: 1, violated: 1 }], []] }), { stopWhen: 3 });
    expect(result).toMatchObject({ states: 2, complete: true });
  });
});
