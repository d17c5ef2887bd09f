// Writes the printed plans that docs/reference/plan.md quotes. Run it after a change of the compiler or the printer;
// test/docs/plan.test.ts fails as long as the page shows something else.
//
//   node --import tsx scripts/generate-excerpts.mjs
//
// A block of the page stands below a comment: <!-- excerpt: PLAN, from "TEXT" to "TEXT" -->, from the first line with the one
// text to the first from there on with the other.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from '../src/oci/default-config.ts'
import { compileContainer } from '../src/plan/compile/container.ts'
import { printPlan } from '../src/plan/print.ts'

const target = fileURLToPath(new URL('../docs/reference/plan.md', import.meta.url))

/** A machine that does not change with the one that this runs on. */
const host = {
  architecture: 'x86_64',
  lastCapability: 40,
  openFiles: { soft: 1024n, hard: 1048576n },
  cgroup: { layout: 'unified', hierarchies: [], unifiedGroup: '/sys/fs/cgroup/stator/web' },
}

const options = {
  rootfs: '/srv/web/rootfs',
  keeping: {
    log: true,
    pipes: false,
    attachedFile: '/run/stator/attached',
    settle: ['/usr/bin/node', '/usr/bin/stator', '--root', '/run/stator', 'settle'],
  },
  groups: 0,
  intoGroup: true,
}

const args = ['nginx', '-g', 'daemon off;']
const configs = {
  web: { args },
  joined: {
    args,
    namespaces: { network: '/run/netns/web', time: true },
    timeOffsets: { monotonic: { secs: 86400n } },
  },
}

/** The page with its excerpts as the printer prints them now. */
export function withExcerpts(page) {
  const printed = new Map(
    Object.entries(configs).map(([name, config]) => [
      name,
      printPlan(compileContainer(defineConfig(config), host, options)).split('\n'),
    ]),
  )
  return page.replace(
    /(<!-- excerpt: (\w+), from "(.*)" to "(.*)" -->\n```\n)[^]*?```/g,
    (_, head, plan, from, to) => `${head}${excerpt(printed.get(plan), unquoted(from), unquoted(to))}\n\`\`\``,
  )
}

function excerpt(lines, from, to) {
  const first = lines?.findIndex((line) => line.includes(from)) ?? -1
  const last = lines?.findIndex((line, index) => index >= first && line.includes(to)) ?? -1
  if (first < 0 || last < 0) throw new Error(`no lines from ${JSON.stringify(from)} to ${JSON.stringify(to)}`)
  // The beginning and the rest of a step that takes more than one line.
  const isStep = (line) => line === '' || /^ *\d+[ :]|^\w+:$|^ {7}#/.test(line)
  const begin = lines.findLastIndex((line, index) => index <= first && isStep(line))
  const next = lines.findIndex((line, index) => index > last && isStep(line))
  return lines.slice(begin, next < 0 ? lines.length : next).join('\n')
}

function unquoted(text) {
  return JSON.parse(`"${text}"`)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(target, withExcerpts(readFileSync(target, 'utf8')))
