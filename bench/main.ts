import { benchAllocator } from "./allocator.bench.ts";
import { benchFuzz } from "./fuzz.bench.ts";
import { benchParse } from "./parse.bench.ts";
import { benchReference } from "./reference.bench.ts";
import { benchReplay } from "./replay.bench.ts";
import { benchSearch } from "./search.bench.ts";

const BENCHES = {
  reference: benchReference,
  search: benchSearch,
  fuzz: benchFuzz,
  parse: benchParse,
  replay: benchReplay,
  allocator: benchAllocator,
} as const;

/** `npm run bench [NAME…]`: prints figures with their spread; ratios within one run are what may be quoted. */
const asked = process.argv.slice(2);
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n== ${name}`);
  await bench((line) => console.log(line));
}
