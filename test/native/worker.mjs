// A worker that watches a pipe and then has nothing left to do. JavaScript, as tsx does not reach into a worker by itself.

import { register } from 'tsx/esm/api'

register()
const { pipe } = await import('../../src/native/pipe.ts')
const { readable } = await import('../../src/native/poller.ts')
readable(pipe()[0]).subscribe()
process.stdout.write('watching\n')
