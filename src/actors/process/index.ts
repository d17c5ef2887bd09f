// A container's processes: the keeper and init, from the sealed plan to the end, and the processes of exec.

export { atGate } from './at-gate.ts'
export { clone } from './clone.ts'
export { confine } from './confine.ts'
export { endProcess, endProcesses, endsWithin, watchEnd } from './end.ts'
export { launchExec } from './exec.ts'
export { readExit } from './exit-file.ts'
export { gate, openGate } from './gate.ts'
export { isolate } from './isolate.ts'
export { keptListener } from './listener.ts'
export { createLive } from './live.ts'
export { planOf, seal } from './seal.ts'
export { numberOfSignal, signalInit } from './signal.ts'
