/**
 * An edge that a chart leaves out on purpose, and the claim that falls when somebody puts it back.
 *
 * A chart forbids by what it does not contain, and what is not there cannot carry a comment. So each chart lists its
 * deliberate gaps beside itself; a test puts each of them back, one at a time, and demands a counterexample to the claim
 * named here. An entry that yields none is a gap without a reason.
 */
export interface MissingEdge {
  readonly chart: ChartName;
  readonly from: string;
  readonly event: string;
  readonly to: string;
  /** Id of the claim that is violated once the edge exists. */
  readonly guards: string;
  /** Who would be hurt, in one sentence. */
  readonly because: string;
  /** The transition policy under which the counterexample exists; every policy when absent. */
  readonly policy?: TransitionPolicy;
}

/** The nouns. The first six are in every scope; the others come in when a scope asks for what they describe. */
export type ChartName = BaseChart | MmChart | InterruptChart | "generation" | BatchChart | PhysmapChart | LabelChart;

type BaseChart = "cpu" | "shootdown" | "acknowledgement" | "page" | "content" | "translation";
type MmChart = "switch" | "slot" | "owner" | "usertranslation";
type InterruptChart = "nest" | "target" | "section";
type BatchChart = "batch" | "member" | "coverage";
type PhysmapChart = "physmap" | "large" | "structure";
type LabelChart = "pageblock" | "flipper";

/**
 * What a CPU owes a protected context when it leaves it.
 *
 * - `flush`: every load of the context invalidates it, so that leaving it fences all of its translations.
 * - `generations`: leaving promises nothing; an obligation is recorded later, while the context is not loaded.
 */
export type TransitionPolicy = "flush" | "generations";
