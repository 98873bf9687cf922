/**
 * Runs tasks in the order in which they are asked for, `width` of them at a time.
 *
 * - **Errors**: a task's failure is its own promise's; the ones behind it run all the same.
 */
export function atMost(width: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= width) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
