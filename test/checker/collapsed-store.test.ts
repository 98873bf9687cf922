import { describe, expect, test } from "vitest";
import { CollapsedStore } from "../../checker/collapsed-store.ts";
import { type SearchOptions, type SearchResult, search } from "../../checker/search.ts";
import { NO_PARENT, StateStore } from "../../checker/state-store.ts";
import type { TransitionSystem } from "../../checker/transition-system.ts";
import { machineFor } from "../../harness/scenario.ts";
import { parseScope } from "../../harness/scope.ts";
import { SearchSystem } from "../../harness/search-system.ts";
import { asyncFree } from "../../impl/designs/async-free/design.ts";
import { forgetOneCpu } from "../../impl/designs/canaries/canaries.ts";
import { wheels } from "./graph-system.ts";
import { referenceTransitions } from "./reference-transitions.ts";

/** Everything a search answers but the memory it took. */
function answer({ bytes, collapsed, violations, ...counts }: SearchResult): unknown {
  return { ...counts, violations: violations.map((found) => found && { ...found, path: found.path() }) };
}

/** Plain, collapsed from the start, and collapsed when a part has been searched. */
function inEachForm(build: () => TransitionSystem, options: SearchOptions = {}): readonly SearchResult[] {
  const plain = search(build(), { ...options, plainBytesMax: Number.POSITIVE_INFINITY });
  const forms = [0, plain.bytes / 2].map((plainBytesMax) => search(build(), { ...options, plainBytesMax }));
  expect(plain.collapsed).toBe(false);
  expect(forms.map(({ collapsed }) => collapsed)).toEqual([true, true]);
  for (const form of forms) expect(answer(form)).toEqual(answer(plain));
  return [plain, ...forms];
}

describe("a collapsed search answers what a plain one does", () => {
  test("of the reference model at 4 pages and 2 CPUs, broken variant included", () => {
    const [plain] = inEachForm(() => referenceTransitions(4, 2));
    expect(plain.states).toBe(92_945);
    const [broken] = inEachForm(() => referenceTransitions(3, 2, false));
    expect(broken.violations[0]?.depth).toBe(7);
  });

  test("of wheels whose states take 80 words and few values", () => {
    const [plain, collapsed] = inEachForm(() => wheels(5, 8, 16));
    expect(plain.states).toBe(32_768);
    expect(collapsed.bytes).toBeLessThan(plain.bytes / 4);
  });

  test("of async-free at calls=2+2, in less than half of the memory", () => {
    const [plain, collapsed] = inEachForm(() => systemOf(asyncFree));
    expect(plain.states).toBe(21_578);
    expect(collapsed.bytes).toBeLessThan(plain.bytes / 2);
  });

  test("of a canary, with the same shortest counterexamples", () => {
    const [plain] = inEachForm(() => systemOf(forgetOneCpu));
    expect(plain.violations.filter((found) => found !== undefined)).not.toEqual([]);
  });

  test("that a limit on states cuts short", () => {
    const [plain] = inEachForm(() => wheels(5, 8, 16), { maxStates: 20_000 });
    expect(plain.stoppedBy).toBe("states");
  });
});

describe("a collapsed store", () => {
  const WORDS = 20;
  const stateOf = (n: number): Uint32Array => Uint32Array.from({ length: WORDS }, (_, i) => (i % 7 === 3 ? n : n % 5));

  test("gives back each state word by word, also of a component with more than 65,536 values", () => {
    const store = new CollapsedStore(WORDS);
    const states = 70_000;
    let missed = 0;
    for (let n = 0; n < states; n++) {
      const state = stateOf(n);
      if (store.find(state) === -1) missed++;
      store.append(state, n === 0 ? NO_PARENT : n - 1, n, n % 3 === 0);
    }
    expect([missed, store.count]).toEqual([states, states]);
    for (let n = 0; n < states; n += 997) {
      expect(store.find(stateOf(n))).toBe(n);
      expect([...store.chunkOf(n).subarray(store.offsetOf(n))]).toEqual([...stateOf(n)]);
      expect(store.isDead(n)).toBe(n % 3 === 0);
    }
    expect(store.pathTo(4)).toEqual([1, 2, 3, 4]);
  });

  test("that takes over a plain one leaves it empty and keeps numbers, links and marks", () => {
    const plain = new StateStore(WORDS);
    for (let n = 0; n < 5_000; n++) {
      plain.find(stateOf(n));
      plain.append(stateOf(n), n === 0 ? NO_PARENT : n >> 1, n & 3, n % 11 === 0);
    }
    const path = plain.pathTo(4_321);
    const store = CollapsedStore.takeOver(plain);
    expect([plain.count, store.count]).toEqual([0, 5_000]);
    expect(store.pathTo(4_321)).toEqual(path);
    expect([store.isDead(4_400), store.isDead(4_401)]).toEqual([true, false]);
    expect(store.find(stateOf(5_000))).toBe(-1);
  });
});

function systemOf(design: typeof asyncFree): TransitionSystem {
  return new SearchSystem(machineFor(design, parseScope("cpus=2,pages=8,calls=2+2")));
}
