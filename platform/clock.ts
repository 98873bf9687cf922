/** Milliseconds since some fixed moment; never goes backwards. For progress and the `timing` part of reports only. */
export function nowMs(): number {
  return performance.now();
}
