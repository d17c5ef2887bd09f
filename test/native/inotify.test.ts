import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, test, type TestContext } from 'node:test'
import { filter, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs'

import { Inotify } from '../../src/native/inotify.ts'
import { hold } from '../../src/native/poller.ts'
import {
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../src/native/uapi.ts'
import { folder } from './files.ts'
import { descriptors, runModule } from './observe.ts'

let release: () => void
before(() => {
  release = hold()
})
after(() => release())

function watching(t: TestContext): Inotify {
  const inotify = new Inotify()
  t.after(() => inotify.close())
  return inotify
}

test('what happens in a folder is told in order, with names', async (t) => {
  const path = folder(t)
  const inotify = watching(t)
  const wd = inotify.add(path, IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
  const seen = firstValueFrom(inotify.events$.pipe(take(6), toArray()))
  writeFileSync(`${path}/grüße`, 'x')
  mkdirSync(`${path}/sub`)
  renameSync(`${path}/grüße`, `${path}/b`)
  rmSync(`${path}/b`)
  const events = await seen
  assert.deepEqual(
    events.map(({ mask, name }) => [mask, name]),
    [
      [IN_CREATE, 'grüße'],
      [IN_CLOSE_WRITE, 'grüße'],
      [(IN_CREATE | IN_ISDIR) >>> 0, 'sub'],
      [IN_MOVED_FROM, 'grüße'],
      [IN_MOVED_TO, 'b'],
      [IN_DELETE, 'b'],
    ],
  )
  assert(events.every((event) => event.wd === wd))
  assert.notEqual(events[3]?.cookie, 0)
  assert.equal(events[3]?.cookie, events[4]?.cookie)
})

test('a file is told without a name, and its end as IN_IGNORED', async (t) => {
  const path = `${folder(t)}/state.json`
  writeFileSync(path, '1')
  const inotify = watching(t)
  const wd = inotify.add(path, IN_MODIFY | IN_DELETE_SELF)
  const seen = firstValueFrom(
    inotify.events$.pipe(
      filter(({ mask }) => mask !== IN_MODIFY),
      take(2),
      toArray(),
    ),
  )
  writeFileSync(path, '2')
  rmSync(path)
  assert.deepEqual(
    (await seen).map(({ wd, mask, name }) => ({ wd, mask, name })),
    [
      { wd, mask: IN_DELETE_SELF, name: '' },
      { wd, mask: IN_IGNORED, name: '' },
    ],
  )
  inotify.remove(wd)
})

test('what happened before the first subscription is not lost', async (t) => {
  const path = folder(t)
  const inotify = watching(t)
  inotify.add(path, IN_CREATE)
  writeFileSync(`${path}/early`, '')
  assert.equal((await firstValueFrom(inotify.events$)).name, 'early')
})

test('all subscribers see each event', async (t) => {
  const path = folder(t)
  const inotify = watching(t)
  inotify.add(path, IN_CREATE)
  const seen = [firstValueFrom(inotify.events$), firstValueFrom(inotify.events$)]
  writeFileSync(`${path}/one`, '')
  assert.deepEqual(
    (await Promise.all(seen)).map(({ name }) => name),
    ['one', 'one'],
  )
})

test('hundreds at once all come', async (t) => {
  const path = folder(t)
  const inotify = watching(t)
  inotify.add(path, IN_CREATE)
  const seen = firstValueFrom(inotify.events$.pipe(take(1000), toArray()))
  for (let index = 0; index < 1000; index++) writeFileSync(`${path}/${index}`, '')
  assert.deepEqual(
    (await seen).map(({ name }) => Number(name)),
    Array.from({ length: 1000 }, (_, index) => index),
  )
})

test('a removed watch is silent', async (t) => {
  const [first, second] = [folder(t), folder(t)]
  const inotify = watching(t)
  const wd = inotify.add(first, IN_CREATE)
  const other = inotify.add(second, IN_CREATE)
  inotify.remove(wd)
  const seen = firstValueFrom(inotify.events$.pipe(take(2), toArray()))
  writeFileSync(`${first}/unseen`, '')
  writeFileSync(`${second}/seen`, '')
  assert.deepEqual(
    (await seen).map(({ wd, mask }) => [wd, mask]),
    [
      [wd, IN_IGNORED],
      [other, IN_CREATE],
    ],
  )
})

test('one that ends its watch of a file does not end that of another', async (t) => {
  const path = folder(t)
  const inotify = watching(t)
  const wd = inotify.add(path, IN_CREATE)
  assert.equal(inotify.add(path, IN_CREATE), wd)
  inotify.remove(wd)
  const seen = firstValueFrom(inotify.events$.pipe(take(2), toArray()))
  writeFileSync(`${path}/seen`, '')
  inotify.remove(wd)
  writeFileSync(`${path}/unseen`, '')
  assert.deepEqual(
    (await seen).map(({ mask, name }) => [mask, name]),
    [
      [IN_CREATE, 'seen'],
      [IN_IGNORED, ''],
    ],
  )
  assert.notEqual(inotify.add(path, IN_CREATE), wd)
})

test('who watches a file for other events takes none from those who watch it already', async (t) => {
  const path = folder(t)
  const inotify = watching(t)
  inotify.add(path, IN_CREATE)
  inotify.add(path, IN_DELETE)
  const seen = firstValueFrom(inotify.events$.pipe(take(2), toArray()))
  writeFileSync(`${path}/one`, '')
  rmSync(`${path}/one`)
  assert.deepEqual(
    (await seen).map(({ mask }) => mask),
    [IN_CREATE, IN_DELETE],
  )
})

test('a file of the same path as one that is gone is watched anew', async (t) => {
  const path = `${folder(t)}/file`
  const inotify = watching(t)
  const gone = () => firstValueFrom(inotify.events$.pipe(filter(({ mask }) => mask === IN_IGNORED)))
  for (let turn = 0; turn < 2; turn++) {
    writeFileSync(path, '')
    const wd = inotify.add(path, IN_MODIFY)
    const ended = gone()
    rmSync(path)
    assert.equal((await ended).wd, wd)
    inotify.remove(wd)
  }
})

test('closing completes the stream and closes the descriptor; a later subscriber gets nothing', async () => {
  const before = descriptors().size
  const inotify = new Inotify()
  assert.equal(descriptors().size, before + 1)
  const ended = lastValueFrom(inotify.events$, { defaultValue: 'end' })
  inotify.close()
  inotify.close()
  assert.equal(await ended, 'end')
  assert.equal(await lastValueFrom(inotify.events$, { defaultValue: 'end' }), 'end')
  assert.equal(descriptors().size, before)
})

test('a path that is not there is ENOENT', (t) => {
  assert.throws(() => watching(t).add('/nonexistent', IN_CREATE), { code: 'ENOENT', syscall: 'inotify_add_watch' })
})

test('watching does not keep the process running', () => {
  const { status, stderr } = runModule(`
    import { Inotify } from 'NATIVE/inotify.ts'
    const inotify = new Inotify()
    inotify.add('/tmp', 0x100)
    inotify.events$.subscribe()
  `)
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
})
