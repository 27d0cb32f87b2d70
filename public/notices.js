// Notices of the browser, for who asked for them: a run paused or ended, or access ends while some of it is left.
{
  const KEY = 'run-notices'
  const state = document.querySelector('#state')
  const button = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'button small',
  })

  const isOn = () => Notification.permission === 'granted' && localStorage.getItem(KEY) === 'on'

  const standing = () => {
    const shown = state.querySelector('.standing')
    return {
      isLive: 'live' in shown.dataset,
      isPaused: shown.matches('.paused'),
      ending: shown.querySelector('.ending-soon')?.textContent,
      headline: shown.querySelector('h1').textContent,
      text: shown.querySelector('.text').textContent,
    }
  }

  // Some browsers have the class and refuse to make one outside of a service worker
  const notify = (title, body) => {
    if (!isOn() || (!document.hidden && document.hasFocus())) return
    try {
      const notice = new Notification(title, { body, tag: location.pathname, icon: '/favicon.svg' })
      notice.onclick = () => {
        focus()
        notice.close()
      }
    } catch {}
  }

  let before = standing()
  let wasEnding = false
  const compare = () => {
    const now = standing()
    if (before.isLive && !now.isLive) notify(now.headline, now.text)
    if (now.ending && !wasEnding) notify('Access is about to end', now.ending)
    wasEnding = now.isLive && (wasEnding || now.ending !== undefined)
    before = now
    button.hidden = !now.isLive && !now.isPaused
  }

  // run.js goes on listening on a hidden page for as long as this is on
  const show = () => {
    const isBlocked = Notification.permission === 'denied'
    button.disabled = isBlocked
    button.textContent = isOn() ? 'Stop notifying me' : 'Notify me when it pauses or ends'
    if (isBlocked) button.textContent = 'Your browser blocks notices from this site'
    state.toggleAttribute('data-notices', isOn())
    compare()
    dispatchEvent(new Event('notices'))
  }

  const toggle = async () => {
    if (isOn()) localStorage.removeItem(KEY)
    else if ((await Notification.requestPermission()) === 'granted') localStorage.setItem(KEY, 'on')
    show()
  }

  if ('Notification' in globalThis) {
    button.addEventListener('click', toggle)
    addEventListener('run', compare)
    document.querySelector('#notices-place').replaceWith(button)
    show()
  }
}
