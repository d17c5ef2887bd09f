// Imports the files that it is given and prints, as JSON, what they did while they were imported: files read, processes
// started, timers, signal handlers, the environment, native libraries. What a function does later is not seen here, and
// what Node, the loader or a package does in between is not counted.

import childProcess from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import process from 'node:process'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const files = process.argv.slice(2)
const found = new Set<string>()
Error.stackTraceLimit = 50

/** Notes the effect when the code that has it is in one of the files. */
function note(effect: string): void {
  const frame = new Error().stack
    ?.split('\n')
    .slice(2)
    .find((line) => !line.includes('node:') && !line.includes('import-probe.ts'))
  const file = files.find((name) => frame?.includes(name))
  if (file !== undefined) found.add(`${/[^ (]*:\d+(?=:\d+)/.exec(frame ?? '')?.[0] ?? file}: ${effect}`)
}

function watch(owner: object, name: string, label: string): void {
  const original: unknown = Reflect.get(owner, name)
  if (typeof original !== 'function') return
  // A proxy and not a function of our own: some carry more, such as setTimeout's promisified form.
  const watched = new Proxy(original, {
    apply(target, self, args): unknown {
      note(label)
      return Reflect.apply(target as (...args: unknown[]) => unknown, self, args)
    },
  })
  Reflect.set(owner, name, watched)
}

const isClass = (name: string) => /^[A-Z]/.test(name)
for (const name of Object.keys(fs).filter((key) => !isClass(key) && key !== 'promises')) watch(fs, name, `fs.${name}`)
for (const name of Object.keys(fs.promises)) watch(fs.promises, name, `fs.promises.${name}`)
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'])
  watch(childProcess, name, `child_process.${name}`)
for (const name of ['createServer', 'connect', 'createConnection']) watch(net, name, `net.${name}`)
for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
  watch(globalThis, name, name)
  watch(timers, name, name)
  watch(timersPromises, name, name)
}
for (const name of ['on', 'once', 'addListener']) watch(process, name, `process.${name}`)
Object.defineProperty(process, 'env', {
  value: new Proxy(process.env, {
    get(target, name): unknown {
      note(`process.env.${String(name)}`)
      return Reflect.get(target, name)
    },
  }),
})
// A native library counts whoever loads it: an import of a package that loads its own at import is the importer's doing.
const dlopen = process.dlopen.bind(process)
process.dlopen = (target: object, filename: string, ...rest: []) => {
  found.add(`${filename}: process.dlopen`)
  dlopen(target, filename, ...rest)
}
syncBuiltinESMExports()

for (const file of files) await import(pathToFileURL(file).href)
process.stdout.write(JSON.stringify([...found], null, 2))
process.exit(0)
