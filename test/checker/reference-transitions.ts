import type { TransitionSystem, Visit } from "../../checker/transition-system.ts";

const FREE_UNMAPPED = 0;
const FREE_MAPPED = 1;
const NONSENSITIVE = 2;
const SENSITIVE = 3;
const PENDING = 4;

const IDLE = 0;
const COLLECTING = 1;
const IPI = 2;

/**
 * The reference model a second time, written by hand and from its description alone, so that the two engines and the two
 * texts can disagree.
 *
 * A state is one word for each page (its state, and above it a TLB bit for each CPU), then the phase, then the CPUs that
 * have not acknowledged. An action number is the rank of the event in the order of the description.
 */
export function referenceTransitions(pages: number, cpus: number, completeWaits = true): TransitionSystem {
  const words = pages + 2;
  return {
    words,
    labels: ["sensitive-unreachable"],
    initial(out) {
      out.fill(0);
      return 0;
    },
    expand(source, offset, next, visit) {
      const state = source.subarray(offset, offset + words);
      for (let page = 0; page < pages; page++) {
        const action = page * (4 + 2 * cpus);
        pageEvents(state, next, visit, action, page);
        translationEvents(state, next, visit, action + 4, page, cpus);
      }
      shootdownEvents(state, next, visit, pages * (4 + 2 * cpus), cpus, completeWaits);
      return 0;
    },
  };
}

function pageEvents(state: Uint32Array, next: Uint32Array, visit: Visit, action: number, page: number): void {
  const word = state[page];
  const cached = word & ~7;
  const emit = (event: number, target: number, violated: boolean): void => {
    next.set(state);
    next[page] = cached | target;
    visit(action + event, violated ? 1 : 0, false);
  };
  switch (word & 7) {
    case FREE_UNMAPPED:
      emit(0, NONSENSITIVE, false);
      emit(1, SENSITIVE, cached !== 0);
      break;
    case FREE_MAPPED:
      emit(0, NONSENSITIVE, false);
      if (state[state.length - 2] !== IPI) {
        next.set(state);
        next[page] = cached | PENDING;
        next[state.length - 2] = COLLECTING;
        visit(action + 3, 0, false);
      }
      break;
    case NONSENSITIVE:
      emit(2, FREE_MAPPED, false);
      break;
    case SENSITIVE:
      emit(2, FREE_UNMAPPED, false);
      break;
  }
}

function translationEvents(
  state: Uint32Array,
  next: Uint32Array,
  visit: Visit,
  action: number,
  page: number,
  cpus: number,
): void {
  const word = state[page];
  const present = (word & 7) === FREE_MAPPED || (word & 7) === NONSENSITIVE;
  for (let cpu = 0; cpu < cpus; cpu++) {
    const cached = (word & tlb(cpu)) !== 0;
    if (cached || present) {
      next.set(state);
      next[page] = word ^ tlb(cpu);
      visit(action + 2 * cpu + (cached ? 1 : 0), 0, false);
    }
  }
}

function shootdownEvents(
  state: Uint32Array,
  next: Uint32Array,
  visit: Visit,
  action: number,
  cpus: number,
  completeWaits: boolean,
): void {
  const phaseAt = state.length - 2;
  const unacked = state[phaseAt + 1];
  if (state[phaseAt] === COLLECTING) {
    next.set(state);
    next[phaseAt] = IPI;
    next[phaseAt + 1] = (1 << cpus) - 1;
    visit(action, 0, false);
  }
  if (state[phaseAt] !== IPI) {
    return;
  }
  for (let cpu = 0; cpu < cpus; cpu++) {
    if ((unacked & (1 << cpu)) !== 0) {
      next.set(state);
      next[phaseAt + 1] = unacked & ~(1 << cpu);
      changeBatch(next, phaseAt, (word) => word & ~tlb(cpu));
      visit(action + 1 + cpu, 0, false);
    }
  }
  if (unacked === 0 || !completeWaits) {
    next.set(state);
    next[phaseAt] = IDLE;
    next[phaseAt + 1] = 0;
    changeBatch(next, phaseAt, (word) => (word & ~7) | FREE_UNMAPPED);
    visit(action + 1 + cpus, 0, false);
  }
}

function changeBatch(next: Uint32Array, pages: number, change: (word: number) => number): void {
  for (let page = 0; page < pages; page++) {
    if ((next[page] & 7) === PENDING) {
      next[page] = change(next[page]);
    }
  }
}

function tlb(cpu: number): number {
  return 1 << (3 + cpu);
}
