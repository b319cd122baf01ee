import { defineConfig } from 'vitest/config'

/** The tests run the sources, and a thread needs what tsc made of them: `npm test` builds first. */
const builtThreads = {
  name: 'built-threads',
  transform: (code: string, id: string): string | undefined => {
    const folder = /\/src\/(.+)\/[^/]+\.ts$/.exec(id)?.[1]
    if (folder === undefined || !code.includes('-thread.js')) return undefined
    return code.replace(/new URL\((["'])\.\/([\w-]+-thread\.js)\1/g, (_, quote, name) => {
      const up = '../'.repeat(folder.split('/').length + 1)
      return `new URL(${quote}${up}dist/${folder}/${name}${quote}`
    })
  },
}

export default defineConfig({
  plugins: [builtThreads],
  test: {
    include: ['test/**/*.test.ts'],
    // Half of the tests wait for processes, sockets and clocks: a core that is left free for them is a core wasted.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
