import type { HardwareRules } from "./hardware-rules.ts";

/**
 * The size of an explicit paging world and the rules it obeys.
 *
 * A capacity of zero leaves the thing out: no `structures` is a processor without paging-structure caches, no `walks` one
 * whose only walks are those of its own accesses.
 *
 * - **Shapes, units**: memory is `frames` tables of `entries` words of 64 bits, and `variables` words behind them.
 */
export interface PagingConfig {
  readonly rules: HardwareRules;
  readonly cpus: number;
  readonly entries: number;
  readonly frames: number;
  readonly variables: number;
  /** Capacities for each CPU. */
  readonly translations: number;
  readonly structures: number;
  readonly walks: number;
  readonly stores: number;
  /** Broadcast invalidations on their way, for all CPUs together. */
  readonly broadcasts: number;
  /** For each CPU the pages it may walk without being asked; absent: all pages on all CPUs. */
  readonly speculation?: readonly (readonly number[])[];
}

/** Words of state before, between and behind the records. */
const CPU_REGISTERS = 3;
export const WORDS_PER_STORE = 3;

/**
 * Where everything lies in the state, in words of 32 bits:
 *
 *     memory: low, high of every address
 *     of each CPU: root · pcid · flags · translations · structures · walks · stores
 *     broadcasts
 */
export class PagingLayout {
  readonly addresses: number;
  readonly words: number;
  private readonly cpuBase: number;
  private readonly cpuWords: number;

  constructor(readonly config: PagingConfig) {
    const { cpus, translations, structures, walks, stores } = config;
    this.addresses = config.frames * config.entries + config.variables;
    this.cpuBase = 2 * this.addresses;
    this.cpuWords = CPU_REGISTERS + 2 * (translations + structures + walks) + WORDS_PER_STORE * stores;
    this.words = this.cpuBase + cpus * this.cpuWords + 2 * config.broadcasts;
  }

  registers(cpu: number): number {
    return this.cpuBase + cpu * this.cpuWords;
  }

  translations(cpu: number): number {
    return this.registers(cpu) + CPU_REGISTERS;
  }

  structures(cpu: number): number {
    return this.translations(cpu) + 2 * this.config.translations;
  }

  walks(cpu: number): number {
    return this.structures(cpu) + 2 * this.config.structures;
  }

  stores(cpu: number): number {
    return this.walks(cpu) + 2 * this.config.walks;
  }

  get broadcasts(): number {
    return this.cpuBase + this.config.cpus * this.cpuWords;
  }
}
