// A container's processes: the keeper and init, from the sealed plan to the end, and the processes of exec.

export { clone } from './clone.ts'
export { confine } from './confine.ts'
export { endProcess, endProcesses, readExit, watchEnd } from './end.ts'
export { launchExec } from './exec.ts'
export { atGate, gate, openGate } from './gate.ts'
export { isolate } from './isolate.ts'
export { createLive } from './live.ts'
export { planOf, seal } from './seal.ts'
export { numberOfSignal, signalInit } from './signal.ts'
