import { NOTHING, type Picker } from "../../properties/arbitraries/picker.ts";
import { actorOf, PairStream, preferenceOf, type Schedule } from "../../properties/arbitraries/schedule.ts";

/**
 * Says, one after the other, what happens next in a run. What it says may depend on the machine: whatever was done can be
 * written down as pairs and is then a plain schedule, which shrinks and replays without the source.
 */
export interface PairSource {
  /** The pair that stands for the last action. */
  readonly pair: number;
  /**
   * The next action, or NOTHING where this turn goes to nobody.
   *
   * - **Shapes, units**: `blocked` says that the action before turned out blocked.
   */
  next(blocked: boolean): number;
}

/** A schedule that is written down. */
export class ScheduleSource implements PairSource {
  pair = 0;
  private at = 0;

  constructor(
    private readonly schedule: Schedule,
    private readonly picker: Picker,
    private readonly cpus: number,
  ) {}

  next(): number {
    if (this.at >= this.schedule.length) return NOTHING;
    this.pair = this.schedule[this.at++] as number;
    return this.picker.pick(actorOf(this.pair, this.cpus), preferenceOf(this.pair));
  }
}

/** Random pairs that are never written down: a run of millions takes no more memory than one of ten. */
export class StreamSource implements PairSource {
  pair = 0;
  private readonly stream: PairStream;

  constructor(
    seed: number,
    private readonly picker: Picker,
    private readonly cpus: number,
  ) {
    this.stream = new PairStream(seed);
  }

  next(): number {
    this.pair = this.stream.next();
    return this.picker.pick(actorOf(this.pair, this.cpus), preferenceOf(this.pair));
  }
}

/** A pair from its parts. */
export function pairOf(cpu: number, preference: number): number {
  return (preference << 8) | cpu;
}
