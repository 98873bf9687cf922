import type { Kernel } from "../../model/kernel.ts";

/**
 * What the step being performed asked of locks, and whether it looked at the scheduling of another CPU.
 *
 * Set over a kernel's own functions, so that every step of every program is seen.
 */
export class LockWatch {
  /** Locks that the step spun for or tried, and whether it got the last one. */
  attempts = 0;
  lock = -1;
  got = false;
  spun = false;
  /** The step asked whether another CPU has interrupts or preemption off, or holds a lock. */
  peeked = false;
  private performing = false;

  constructor(private readonly k: Kernel) {
    this.watchLocks();
    this.watchPeeks();
  }

  begin(): void {
    this.attempts = 0;
    this.lock = -1;
    this.got = false;
    this.spun = false;
    this.performing = true;
  }

  end(): void {
    this.performing = false;
  }

  private watchLocks(): void {
    const { k } = this;
    const tryLock = k.tryLock.bind(k);
    const lockIrqSave = k.lockIrqSave.bind(k);
    k.tryLock = (lock) => {
      const got = tryLock(lock);
      this.attempts++;
      this.lock = lock;
      this.got = got;
      return got;
    };
    k.lockIrqSave = (lock) => {
      const outcome = lockIrqSave(lock);
      this.spun = true;
      return outcome;
    };
  }

  private watchPeeks(): void {
    const { k } = this;
    const arity = k.arity.bind(k);
    k.arity = (cpu, level) => {
      this.performing = true;
      const ways = arity(cpu, level);
      this.performing = false;
      return ways;
    };
    for (const asked of ["isPreemptible", "irqsEnabled", "holdsLock"] as const) {
      const answer = k[asked].bind(k);
      k[asked] = (cpu) => {
        if (this.performing && cpu !== k.cpu) this.peeked = true;
        return answer(cpu);
      };
    }
  }
}
