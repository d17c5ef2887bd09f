// Runs the tests: lists the files itself (Node 20's --test knows no globs), each in a process of its own, what is quick first;
// fails when nothing was tested, and when the run leaves anything behind on the machine.
//
//   node scripts/test.mjs [PATH or part of one ...]
//     --verbose              every test's line, not only those of files that fail
//     --concurrency N        files at once (the machine's processors); test/e2e and files that say `// Runs alone: …` are never shared
//     --file-timeout SECONDS a file that takes longer is killed and has failed (300)
//     --name PATTERN         only tests whose name matches
//     --settle SECONDS       how long what ends by itself may take to be gone after the run (3)

import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { watchForLeaks } from './test/leaks.mjs'

const repository = fileURLToPath(new URL('..', import.meta.url))
const { values: options, positionals: patterns } = parseArgs({
  allowPositionals: true,
  options: {
    verbose: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: String(availableParallelism()) },
    'file-timeout': { type: 'string', default: '300' },
    name: { type: 'string' },
    settle: { type: 'string', default: '3' },
    root: { type: 'string', default: repository },
  },
})

const root = options.root
const files = testFiles()
if (files.length === 0) {
  console.log(patterns.length === 0 ? `no test file in ${root}` : `no test file matches ${patterns.join(' ')}`)
  process.exit(1)
}

const start = performance.now()
const folder = mkdtempSync(join(tmpdir(), 'st-'))
// A test may have something run by another user in its temporary folder.
chmodSync(folder, 0o711)
const scratch = join(folder, 't')
mkdirSync(scratch)
chmodSync(scratch, 0o1777)
const leaked = watchForLeaks(scratch)
const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) kill(child)
    process.exit(130)
  })
}

const outcomes = []
const shared = files.filter((file) => !runsAlone(file))
const alone = files.filter(runsAlone)
await Promise.all(
  Array.from({ length: Math.max(1, Number(options.concurrency)) }, async () => {
    for (let file = shared.shift(); file !== undefined; file = shared.shift()) outcomes.push(await runFile(file))
  }),
)
for (const file of alone) outcomes.push(await runFile(file))

const leaks = await leaked(Number(options.settle) * 1000)
process.exitCode = summarize()
// What was left there stays, to be looked at; and what is under a leaked mount is not ours to delete.
rmSync(join(folder, 'reports'), { recursive: true, force: true })
if (leaks.length === 0) rmSync(folder, { recursive: true, force: true })

/** All *.test.ts, or those that match the arguments. */
function testFiles() {
  const all = readdirSync(join(root, 'test'), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/${name}`)
  // A pattern is a part of a path, as the shell would complete it: `test/native`, `./test/bus/journal.test.ts`, `poller`.
  const wanted = patterns.map((pattern) => pattern.replace(/^\.\//, ''))
  return all
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function rank(file) {
  const order = ['test/tooling/', 'test/e2e/'].findIndex((prefix) => file.startsWith(prefix))
  return order + 1
}

/** Tests that compare the machine before and after would see each other's containers. */
function runsAlone(file) {
  return (
    file.startsWith('test/e2e/') || /^\/\/ Runs alone: /m.test(readFileSync(join(root, file), 'utf8').slice(0, 2000))
  )
}

async function runFile(file) {
  const reports = join(folder, 'reports', file.replaceAll('/', '-'))
  mkdirSync(reports, { recursive: true })
  const startMs = performance.now()
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(
    process.execPath,
    [
      // One argument each: a test that starts Node with its own execArgv can leave out what begins with --test.
      '--import=tsx',
      '--enable-source-maps',
      `--test-reporter=${fileURLToPath(new URL('test/reporter.mjs', import.meta.url))}`,
      `--test-reporter-destination=${join(reports, 'events')}`,
      '--test-reporter=spec',
      `--test-reporter-destination=${join(reports, 'text')}`,
      ...(options.name === undefined ? [] : [`--test-name-pattern=${options.name}`]),
      file,
    ],
    { cwd: root, env: { ...env, TMPDIR: scratch }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const limitS = Number(options['file-timeout'])
  let timedOut = false
  const limit = setTimeout(() => {
    timedOut = true
    kill(child)
  }, limitS * 1000)
  const progress = setInterval(() => console.log(`… ${file} (running for ${seconds(startMs)})`), 30_000)
  const ended = await new Promise((resolve) => {
    child.on('error', (error) => resolve(String(error)))
    child.on('exit', (code, signal) => {
      const how = code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`
      child.on('close', () => resolve(how))
      // A process that outlives its test may hold the pipes for ever. It is found as a leak.
      setTimeout(() => resolve(how), 500)
    })
  })
  clearTimeout(limit)
  clearInterval(progress)
  running.delete(child)
  for (const stream of [child.stdout, child.stderr]) stream.destroy()

  const tests = read(join(reports, 'events')).split('\n').filter(Boolean).map((line) => JSON.parse(line)) // prettier-ignore
  const failed = tests.filter(({ passed, todo }) => !passed && !todo)
  const fault = timedOut ? `took longer than ${limitS} s` : failed.length > 0 ? undefined : (ended ?? emptiness(tests))
  const outcome = { file, tests, failed, fault }
  report(outcome, startMs, read(join(reports, 'text')), output)
  return outcome
}

/** A file without tests has failed. With --name it may have others: Node 22 and newer do not report those. */
function emptiness(tests) {
  return tests.length === 0 && options.name === undefined ? 'runs no test' : undefined
}

function report({ file, tests, failed, fault }, startMs, text, output) {
  const bad = failed.length > 0 || fault !== undefined
  const skipped = tests.filter(isSkipped).length
  const counts = `${tests.length} tests${skipped === 0 ? '' : `, ${skipped} skipped`}, ${seconds(startMs)}`
  console.log(`${bad ? '✖' : '✔'} ${file} (${counts})${fault === undefined ? '' : `: ${fault}`}`)
  if (!bad && !options.verbose) return
  const indent = (block) => block.trim().replace(/^/gm, '    ')
  // node's spec format: all tests as a tree, closing lines that count this file alone, then the failed ones once more.
  const [tree, failures] = text.split(/^.*failing tests:.*$/m)
  if (options.verbose) console.log(indent(tree.replaceAll(/^\S*ℹ \w+ [\d.]+\S*$/gm, '')))
  if (failures !== undefined) console.log(indent(failures))
  if (output.trim() !== '') console.log(indent(`output of ${file}:\n${output}`))
}

/** The end of the run: what was skipped and why, what failed, what was left, and the counts as node's own runner prints them. */
function summarize() {
  const tests = outcomes.flatMap(({ file, tests: ofFile }) => ofFile.map((test) => ({ ...test, file })))
  const faults = outcomes.filter(({ fault }) => fault !== undefined)
  const failed = outcomes.flatMap(({ file, failed: ofFile }) => ofFile.map((test) => ({ ...test, file })))
  const unmatched = tests.filter(({ skip }) => skip === 'test name does not match pattern')
  const skipped = tests.filter((test) => isSkipped(test) && !unmatched.includes(test))

  for (const reason of new Set(skipped.map(reasonOf))) {
    console.log(`\nskipped: ${reason}`)
    for (const test of skipped.filter((test) => reasonOf(test) === reason)) console.log(`  ${test.file}: ${test.name}`)
  }
  if (failed.length + faults.length > 0) console.log('\nfailed:')
  for (const { file, name } of failed) console.log(`  ${file}: ${name}`)
  for (const { file, fault } of faults) console.log(`  ${file}: ${fault}`)
  if (leaks.length > 0) console.log('\nleft behind on this machine by the run:')
  for (const leak of leaks) console.log(`  ${leak}`)

  const cancelled = failed.filter((test) => test.cancelled).length
  const ran = tests.length - unmatched.length
  const none = ran === 0 && faults.length === 0
  if (none) console.log('\nno test ran')
  const fail = failed.length - cancelled + faults.length + (leaks.length > 0 ? 1 : 0)
  const todo = tests.filter((test) => test.todo).length
  const pass = tests.filter(({ passed, skip, todo: isTodo }) => passed && !skip && !isTodo).length
  console.log(`
# tests ${ran + faults.length + (leaks.length > 0 ? 1 : 0)}
# pass ${pass}
# fail ${fail}
# cancelled ${cancelled}
# skipped ${skipped.length}
# todo ${todo}
# duration_ms ${(performance.now() - start).toFixed(0)}`)
  return fail + cancelled === 0 && !none ? 0 : 1
}

function isSkipped({ skip }) {
  return skip !== undefined && skip !== false
}

function reasonOf({ skip }) {
  return typeof skip === 'string' && skip !== '' ? skip : '(no reason given)'
}

function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function seconds(startMs) {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`
}
