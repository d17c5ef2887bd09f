// stator completion: its scripts in the shells they are for.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { completionScripts } from '../../../src/cli/completion-scripts.ts'
import { rootWith } from '../containers.ts'
import { folder, stator } from '../support.ts'

const launcher = fileURLToPath(new URL('../../../bin/stator', import.meta.url))

interface Bed {
  readonly home: string
  readonly root: string
  run(shell: string, ...args: readonly string[]): string
}

/** A folder with `stator` in its PATH, files to complete, and a root with containers. */
function bed(t: TestContext): Bed {
  const home = folder(t)
  const bin = join(home, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'stator'), `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`)
  chmodSync(join(bin, 'stator'), 0o755)
  mkdirSync(join(home, 'bundle one'))
  writeFileSync(join(home, 'bundle.json'), '')
  const root = rootWith(t, { web: 'running', worker: 'running', old: 'stopped' })
  const env = {
    LC_ALL: 'C',
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    TERM: 'dumb',
    XDG_CONFIG_HOME: home,
  }
  const run = (shell: string, ...args: readonly string[]) =>
    execFileSync(shell, args, { cwd: home, env, encoding: 'utf8', timeout: 110_000 })
  return { home, root, run }
}

function missing(shell: string): string | false {
  return spawnSync(shell, ['--version']).error === undefined ? false : `${shell} is missing`
}

test('each shell gets its script, and another word is an error', async () => {
  for (const [shell, script] of Object.entries(completionScripts))
    assert.deepEqual(await stator('completion', shell), { code: 0, stdout: script, stderr: '' })
  const { code, stderr } = await stator('completion', 'ksh')
  assert.equal(code, 1)
  assert.match(stderr, /Allowed choices are bash, zsh, fish/)
})

test('complete: a line with the kind, then a word a line', async (t) => {
  const root = rootWith(t, { web: 'running', old: 'stopped' })
  assert.deepEqual(await stator('complete', 'zsh', '--', '--root', root, 'exec', ''), {
    code: 0,
    stdout: 'words\nweb\trunning\n',
    stderr: '',
  })
  assert.equal((await stator('complete', 'fish', '--', '--root', '')).stdout, 'folders\n')
  // As bash has the words: with their quotes, some without an end.
  for (const quoted of [`'${root}'`, `"${root}"`, `"${root}`, root.replace('/', '\\/')])
    assert.equal((await stator('complete', 'bash', '--root', quoted, 'exec', '')).stdout, 'words\nweb\trunning\n')
})

test('complete: without a root, or with one that is not there, there are no containers', async () => {
  assert.deepEqual(await stator('complete', 'bash', '--', '--root', '/nowhere', 'exec', ''), {
    code: 0,
    stdout: 'words\n',
    stderr: '',
  })
})

/** Sources the script and asks as readline does: the line, and its words as bash breaks them. */
const bashDriver = `
source <(stator completion bash)
for line in "$@"; do
    COMP_LINE=$line COMP_POINT=\${#line}
    # Bash breaks words at these, too; each is a word.
    broken=\${line//=/ = }
    broken=\${broken//:/ : }
    read -ra COMP_WORDS <<< "$broken"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _stator
    printf '%s\\n' "\${COMPREPLY[@]}" | sort | paste -sd ' '
done
complete -p stator
`

test('bash', { skip: missing('bash'), timeout: 120_000 }, (t) => {
  const { root, run } = bed(t)
  const lines = [
    'stator st',
    'stator --log-format=j',
    'stator --log-format=',
    'stator run --pr',
    '~/bin/stator chart ',
    `stator --root ${root} exec -u 0:0 w`,
    `stator --root=${root} delete `,
    'stator --log bundle',
    'stator run -b bundle',
  ]
  assert.deepEqual(run('bash', '--norc', '-c', bashDriver, 'bash', ...lines).split('\n'), [
    'start state stop',
    'json',
    'json text',
    '--preserve-fds',
    'container exec',
    'web worker',
    'old',
    'bundle one bundle.json',
    'bundle one',
    'complete -F _stator stator',
    '',
  ])
})

/** An interactive shell on a pty, in which whatever would be offered is printed, too. */
const zshDriver = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1= PS2=; stty -echo; unsetopt autolist automenu
autoload -Uz compinit; compinit -D -u
source <(stator completion zsh)
zstyle ":completion:*" completer _complete
compadd() {
    if [[ \${@[1,(i)(-|--)]} == *-[ADO]\\ * ]]; then builtin compadd "$@"; return; fi
    local -a hits
    builtin compadd -O hits "$@"
    print -lr -- "@@"\${^hits}"@@"
    builtin compadd "$@"
}
# Zsh forgets it each time.
the-end() { print "@@the"-"end@@"; comppostfuncs=(the-end) }
comppostfuncs=(the-end)
bindkey "^I" complete-word
bindkey "^U" kill-whole-line
print @@re"ady@@"'
zpty -r shell out '*@@ready@@*'
for line in "$@"; do
    zpty -w -n shell $'\\x15'$line$'\\t'
    zpty -r shell out '*@@the-end@@*'
    print -r -- "$out"
done
zpty -d shell
`

test('zsh', { skip: missing('zsh'), timeout: 120_000 }, (t) => {
  const { root, run } = bed(t)
  const lines = [
    'stator st',
    'stator --log-format=',
    '~/bin/stator chart ',
    `stator --root ${root} exec -u 0:0 `,
    `stator --root=${root} delete `,
    'stator --log bundle',
    'stator run -b bundle',
  ]
  const said = run('zsh', '-f', '-c', zshDriver, 'zsh', ...lines).split('@@the-end@@')
  const offered = said.map((text) => {
    const words = [...text.matchAll(/@@(.+?)@@/g)].map(([, word = '']) => word.replace('\\', ''))
    return [...new Set(words)].sort()
  })
  assert.deepEqual(offered, [
    ['start', 'state', 'stop'],
    ['json', 'text'],
    ['container', 'exec'],
    ['web', 'worker'],
    ['old'],
    ['bundle one', 'bundle.json'],
    ['bundle one'],
    [],
  ])
})

test('fish', { skip: missing('fish'), timeout: 120_000 }, (t) => {
  const { root, run } = bed(t)
  const at = (line: string) => {
    const asked = 'stator completion fish | source; complete -C $argv[1]'
    const said = run('fish', '--no-config', '-c', asked, line)
    return said.split('\n').filter((each) => each !== '')
  }
  assert.deepEqual(at('stator ru'), ['run\tcreate and start a container, in the foreground unless told'])
  assert.deepEqual(at('stator --log-format='), ['--log-format=json', '--log-format=text'])
  assert.deepEqual(at(`stator --root ${root} exec -u 0:0 w`), ['web\trunning', 'worker\trunning'])
  assert.deepEqual(at(`~/bin/stator --root=${root} delete `), ['old\tstopped'])
  assert.deepEqual(
    at('stator --log bundle').map((line) => line.split('\t')[0]?.replace('\\', '')),
    ['bundle one/', 'bundle.json'],
  )
  assert.deepEqual(
    at('stator run --bundle=bundle').map((line) => line.split('\t')[0]?.replace('\\', '')),
    ['--bundle=bundle one/'],
  )
})
