import type { Design } from "../../model/design.ts";
import { InputError } from "../../model/failure.ts";
import type { Draw, FuzzCase } from "../../properties/arbitraries/fuzz-case.ts";
import { PairStream } from "../../properties/arbitraries/schedule.ts";
import { parseScope, type Scope } from "../scope.ts";
import type { Arena } from "./arena.ts";
import { cornerParts } from "./corner-parts.ts";
import { type Corpus, mutant } from "./corpus.ts";
import { DemandSource } from "./demand-source.ts";
import { DEPTH_DEFAULT, type FuzzOptions, type Strategy } from "./options.ts";
import { type PairSource, ScheduleSource, StreamSource } from "./pair-source.ts";
import { PctSource } from "./pct-source.ts";
import { livesInWorlds, type PlacedScript, placeScripts, shapeOf } from "./places.ts";
import { SwarmSource } from "./swarm-source.ts";
import { traceParts } from "./trace-parts.ts";

/** One run, before it is made. Its case has a schedule only where that was drawn; what a source does is written down if needed. */
export interface Plan {
  readonly test: FuzzCase;
  open(arena: Arena): PairSource;
  /** The corner script it follows. */
  readonly script?: string;
}

const NO_PAIRS = new Uint32Array(0);

/** Turns for which priorities of PCT last, beside the whole run: about a call, a few calls. */
const WINDOWS = [40, 120, 400];

/** Of a directed campaign's runs, one in this many starts from nothing. */
const AFRESH_ONE_IN = 4;

/** Turns draws into runs, by the strategy of a campaign. The same draw and number give the same run. */
export class Planner {
  readonly strategy: Strategy;
  readonly scripts: readonly PlacedScript[];
  private readonly runnable: readonly PlacedScript[];
  /** Scopes beside random worlds: the design's own; `undefined` is a random world. */
  private readonly places: readonly (string | undefined)[];
  private readonly turns: readonly Exclude<Strategy, "mixed">[];

  /**
   * - **Errors**: `InputError` NOT-RECORDED for `trace` without recorded calls, NO-SCRIPT for `corner` where no script means anything.
   */
  constructor(
    private readonly design: Design,
    private readonly options: FuzzOptions,
  ) {
    const { scope, strategy = "uniform", recorded } = options;
    this.strategy = strategy;
    this.scripts = placeScripts(design, scope);
    this.runnable = this.scripts.filter(({ worlds }) => worlds.length > 0);
    this.places = placesOf(design, scope);
    this.turns = turnsOf(strategy, this.runnable.length > 0, recorded !== undefined);
    if (strategy === "trace" && recorded === undefined) {
      throw new InputError(
        "NOT-RECORDED",
        "the strategy trace has no recorded calls to cut runs from",
        "give `recorded`",
      );
    }
    if (strategy === "corner" && this.runnable.length === 0) {
      throw new InputError(
        "NO-SCRIPT",
        `no corner workload means anything for ${design.id} in this scope`,
        "leave --scope out, or take another strategy",
      );
    }
  }

  /** Every run takes place where it is drawn. */
  get isPlain(): boolean {
    return this.strategy === "uniform" && this.places.includes(undefined);
  }

  plan(draw: Draw, number: number, corpus: Corpus): Plan {
    const stream = new PairStream(draw.seed);
    const strategy = this.turns[number % this.turns.length] ?? "uniform";
    const round = Math.floor(number / this.turns.length);
    switch (strategy) {
      case "uniform":
        return this.stream(this.isPlain ? this.here(draw) : this.somewhere(draw, stream), stream);
      case "pct":
        return this.pct(this.somewhere(draw, stream), stream);
      case "swarm":
        return this.swarm(this.somewhere(this.freely(draw, stream), stream), stream);
      case "corner":
        return this.corner(draw, round, stream);
      case "trace":
        return this.trace(draw, stream);
      case "target":
        return this.directed(draw, stream, corpus);
    }
  }

  private stream(test: FuzzCase, stream: PairStream): Plan {
    const seed = stream.next();
    return { test, open: ({ machine, picker }) => new StreamSource(seed, picker, machine.world.cpus) };
  }

  private pct(test: FuzzCase, stream: PairStream): Plan {
    const { steps, depth = DEPTH_DEFAULT } = this.options;
    const window = Math.min(steps, [...WINDOWS, steps][stream.draw(WINDOWS.length + 1)] ?? steps);
    const seed = stream.next();
    return { test, open: ({ machine, picker }) => new PctSource({ seed, depth, window }, machine, picker) };
  }

  private swarm(test: FuzzCase, stream: PairStream): Plan {
    const seed = stream.next();
    return { test, open: ({ machine, picker }) => new SwarmSource(seed, machine, picker) };
  }

  /** Scripts by turns, so that no campaign of some length misses one. */
  private corner(draw: Draw, round: number, stream: PairStream): Plan {
    const placed = this.runnable[round % this.runnable.length];
    const script = placed?.script;
    const scope = placed?.worlds[stream.draw(placed.worlds.length)];
    const workload = { ...draw.workload, sizes: script?.sizes ?? (["page"] as const) };
    const times = 1 + stream.draw(3);
    const seed = stream.next();
    const lines = new Array<readonly string[]>(times).fill([...(script?.lines ?? []), "settle"]).flat();
    return {
      test: this.at(scope, { ...draw, workload }),
      open: ({ machine, picker }) => {
        const parts = cornerParts(lines, machine, new PairStream(seed));
        return new DemandSource(seed, parts, machine, picker);
      },
      ...(script === undefined ? {} : { script: script.id }),
    };
  }

  private trace(draw: Draw, stream: PairStream): Plan {
    const { recorded } = this.options;
    const seed = stream.next();
    return {
      test: this.somewhere(draw, stream),
      open: ({ machine, picker }) => {
        const parts = recorded === undefined ? [] : traceParts(recorded, machine, new PairStream(seed));
        return new DemandSource(seed, parts, machine, picker);
      },
    };
  }

  private directed(draw: Draw, stream: PairStream, corpus: Corpus): Plan {
    const { steps } = this.options;
    const afresh = stream.draw(AFRESH_ONE_IN) === 0;
    const test = afresh ? undefined : mutant(corpus, stream.next(), steps);
    if (test === undefined) return this.swarm(this.somewhere(this.freely(draw, stream), stream), stream);
    return { test, open: ({ machine, picker }) => new ScheduleSource(test.schedule, picker, machine.world.cpus) };
  }

  /** Interrupts, preemption and mode switches each one time in two, where the world is drawn. */
  private freely(draw: Draw, stream: PairStream): Draw {
    if (this.options.scope !== undefined) return draw;
    const [irq, preempt, modes] = [0, 1, 2].map(() => stream.draw(2) === 0);
    const protectedModes = this.design.protectedMap !== "none";
    const world = {
      ...draw.world,
      irq: irq === true,
      preempt: preempt === true,
      modes: protectedModes && modes === true,
    };
    return { ...draw, world };
  }

  private here({ world, workload }: Draw): FuzzCase {
    return { world, workload, schedule: NO_PAIRS };
  }

  private somewhere(draw: Draw, stream: PairStream): FuzzCase {
    return this.at(this.places[stream.draw(this.places.length)], draw);
  }

  private at(scope: string | undefined, { world, workload }: Draw): FuzzCase {
    if (scope === undefined) return { world, workload, schedule: NO_PAIRS };
    return { world: shapeOf(parseScope(scope)), workload, schedule: NO_PAIRS, scope };
  }
}

/** A random world twice as often as each of the design's own, where it promises anything in one. */
function placesOf(design: Design, scope: Scope | undefined): readonly (string | undefined)[] {
  if (scope !== undefined) return [undefined];
  const { worlds = [] } = design;
  return livesInWorlds(design) ? worlds : [undefined, undefined, ...worlds];
}

function turnsOf(strategy: Strategy, corner: boolean, recorded: boolean): readonly Exclude<Strategy, "mixed">[] {
  if (strategy !== "mixed") return [strategy];
  return [
    "uniform",
    "pct",
    "swarm",
    ...(corner ? (["corner"] as const) : []),
    ...(recorded ? (["trace"] as const) : []),
  ];
}
