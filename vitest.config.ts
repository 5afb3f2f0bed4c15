import { defineConfig } from 'vitest/config';

// Two kinds of tests. Unit tests share threads and start nothing; integration tests have real processes, sockets and files.
// oxlint-disable-next-line import/no-default-export -- this is where vitest looks
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/support/property-seed.ts'],
          pool: 'threads',
          isolate: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
