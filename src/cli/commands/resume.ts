// stator resume: lets the processes of a paused container go on.

import { notYet } from '../not-yet.ts'

export const resume = notYet('resume', (command) => {
  command.argument('<id>', 'the container')
})
