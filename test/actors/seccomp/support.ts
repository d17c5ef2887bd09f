// What tests of filters share.

import { libseccompVersion } from '../../../src/native/libseccomp.ts'

export const withoutLibseccomp: string | false = isThere() ? false : 'libseccomp is missing'

function isThere(): boolean {
  try {
    libseccompVersion()
    return true
  } catch {
    return false
  }
}
