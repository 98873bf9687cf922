/** Median of some rates with their spread, in thousands: `median 410 k states/s (350 to 430, 5 runs)`. */
export function spread(rates: readonly number[], unit: string): string {
  const sorted = [...rates].sort((a, b) => a - b);
  const shown = (value: number | undefined): string => Math.round((value ?? 0) / 1000).toLocaleString("en");
  const median = sorted[Math.floor(sorted.length / 2)];
  return `median ${shown(median)} k ${unit} (${shown(sorted[0])} to ${shown(sorted.at(-1))}, ${sorted.length} runs)`;
}
