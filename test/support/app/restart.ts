// An app process that can be killed at any moment and started again where it was.
import type { Scene } from '../scene/scene.ts'

/** Starts it. `killAndStart` is kill -9, and up again on the same port with the same folder and settings. */
export async function restartable(scene: Scene) {
  let app = await scene.startProcess()
  return {
    app,
    person: scene.visitor(app.url),
    async killAndStart() {
      await app.kill('SIGKILL')
      app = await scene.startProcess({ port: app.port })
    },
  }
}
