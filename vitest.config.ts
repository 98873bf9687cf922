import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
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
