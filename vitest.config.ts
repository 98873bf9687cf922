import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Tests keep no state in modules; loading each module once per worker saves a minute.
    isolate: false,
    include: ["test/**/*.test.ts"],
    exclude: ["test/deep/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["model/**", "machines/**", "properties/**", "impl/**", "checker/**", "harness/**"],
    },
  },
});
