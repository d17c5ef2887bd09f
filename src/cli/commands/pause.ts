// stator pause: suspends every process of a container.

import { notYet } from '../not-yet.ts'

export const pause = notYet('pause', (command) => {
  command.argument('<id>', 'the container')
})
