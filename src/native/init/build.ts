// Builds the stub with the system's C compiler, for this architecture and, where its cross compiler is installed, for the
// other one. Nothing is built when the sources are what they were.
//
//   node --import tsx src/native/init/build.ts [--all]     --all: a missing cross compiler is an error

import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { stubFile, type StubArchitecture } from './stub.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const repository = fileURLToPath(new URL('../../../', import.meta.url))
const flags = [
  '-std=gnu17', '-Os', '-ffreestanding', '-nostdlib', '-static', '-fno-pie', '-no-pie', '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables', '-fno-tree-loop-distribute-patterns', '-Wall', '-Wextra', '-Wswitch-enum', '-Werror',
  '-Wl,-z,noseparate-code', '-Wl,-z,noexecstack', '-Wl,--build-id=none', '-s',
] // prettier-ignore

const compilers: Record<StubArchitecture, readonly string[]> = {
  x86_64: ['x86_64-linux-gnu-gcc', 'gcc', 'cc'],
  aarch64: ['aarch64-linux-gnu-gcc', 'gcc', 'cc'],
}

function compilerOf(architecture: StubArchitecture): string | undefined {
  return compilers[architecture].find((name) => {
    try {
      const machine = execFileSync(name, ['-dumpmachine'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      return machine.startsWith(`${architecture}-`)
    } catch {
      return false
    }
  })
}

function build(all: boolean): void {
  const source = createHash('sha256')
    .update(readFileSync(`${here}plan.h`))
    .update(readFileSync(`${here}init.c`))
    .update(flags.join(' '))
    .digest('hex')
  mkdirSync(`${repository}build`, { recursive: true })
  for (const architecture of Object.keys(compilers) as StubArchitecture[]) {
    const file = stubFile(architecture)
    if (existsSync(file) && existsSync(`${file}.source`) && readFileSync(`${file}.source`, 'utf8') === source) continue
    const compiler = compilerOf(architecture)
    if (compiler === undefined) {
      const native = architecture === (process.arch === 'arm64' ? 'aarch64' : 'x86_64')
      if (!native && !all) continue
      throw new Error(`no C compiler for ${architecture} (install gcc${native ? '' : `-${architecture}-linux-gnu`})`)
    }
    execFileSync(compiler, [...flags, '-o', `${file}.new`, `${here}init.c`], { stdio: 'inherit' })
    const bytes = readFileSync(`${file}.new`)
    writeFileSync(
      `${file}.sha256`,
      `${createHash('sha256').update(bytes).digest('hex')}  stator-init-${architecture}\n`,
    )
    renameSync(`${file}.new`, file)
    writeFileSync(`${file}.source`, source)
    process.stdout.write(`built stator-init for ${architecture}: ${bytes.length} bytes\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build(process.argv.includes('--all'))
