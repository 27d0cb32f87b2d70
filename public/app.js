// Livelier pages: local times, minutes left, a busy button, a Copy button. Every page works without it.
{
  const locale = /^en\b/.test(navigator.language) ? navigator.language : 'en-GB'
  const format = (options) => new Intl.DateTimeFormat(locale, options)
  const day = format({ dateStyle: 'medium' })
  const clock = format({ timeStyle: 'short' })
  const exact = format({ dateStyle: 'medium', timeStyle: 'short' })
  const title = format({ dateStyle: 'full', timeStyle: 'long' })
  // A calendar day is the same day everywhere
  const withYear = format({ dateStyle: 'medium', timeZone: 'UTC' })
  const thisYear = format({ day: 'numeric', month: 'short', timeZone: 'UTC' })
  const dayOf = (isThisYear) => (isThisYear ? thisYear : withYear)
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate())

  const ago = (date, now) => {
    const minutes = Math.floor((now - date) / 60_000)
    const days = Math.round((midnight(now) - midnight(date)) / 86_400_000)
    if (minutes < 1) return 'just now'
    if (minutes < 60) return `${minutes} min ago`
    if (days < 1) return `${Math.floor(minutes / 60)} h ago`
    if (days < 2) return 'yesterday'
    return days < 7 ? `${days} days ago` : day.format(date)
  }

  const styles = {
    exact: (date) => exact.format(date),
    clock: (date, now) => (midnight(date) - midnight(now) === 0 ? clock : exact).format(date),
    ago,
    day: (date, now) => dayOf(date.getUTCFullYear() === now.getFullYear()).format(date),
    date: (date) => dayOf(false).format(date),
  }

  const left = (minutes, inWords) => {
    if (minutes < 1) return inWords ? 'less than a minute' : minutes > 0 ? 'under 1 min' : 'over'
    if (inWords) return minutes < 2 ? '1 minute' : `${Math.floor(minutes)} minutes`
    return minutes < 120 ? `${Math.floor(minutes)} min` : `${Math.floor(minutes / 60)} h`
  }

  const show = (element, text) => {
    if (element.textContent !== text) element.textContent = text
  }

  const tellTimes = () => {
    const now = new Date()
    for (const element of document.querySelectorAll('time[data-time]')) {
      const date = new Date(element.dateTime)
      show(element, styles[element.dataset.time](date, now))
      if (element.dateTime.includes('T')) element.title = title.format(date)
    }
    for (const element of document.querySelectorAll('[data-left]'))
      show(
        element,
        left((new Date(element.dataset.left) - now) / 60_000, 'words' in element.dataset),
      )
    for (const line of document.querySelectorAll('.ending')) {
      const ended = new Date(line.dataset.ends) <= now
      line.hidden = new Date(line.dataset.from) > now
      line.querySelector('.before').hidden = ended
      line.querySelector('.after').hidden = !ended
    }
    for (const one of document.querySelectorAll('.access[data-ends]')) tellAccess(one, now)
    wake(now)
  }

  const count = (number, word) =>
    number ? [`${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`] : []

  // What access covers still, by the ends that the server has named
  const tellAccess = (element, now) => {
    const ends = element.dataset.ends.split(',').map((end) => end.split(' '))
    const over = ends.filter(([at]) => new Date(at) <= now)
    if (over.length === 0) return
    const overOf = (kind) => over.filter((end) => end[1] === kind).length
    const campaigns = element.dataset.campaigns - overOf('campaign')
    const runs = element.dataset.runs - overOf('run')
    const isLeft =
      campaigns + runs > 0 || ends.some(([at, kind]) => kind === 'session' && new Date(at) > now)
    const [next] = ends[over.length] ?? []
    const end = element.querySelector('.ends')
    if (end) end.hidden = next === undefined
    const time = element.querySelector('.ends time')
    if (time && next) {
      time.dateTime = next
      show(time, styles.clock(new Date(next), now))
    }
    if (isLeft) {
      const covers = [...count(campaigns, 'campaign'), ...count(runs, 'run')].join(' and ')
      if (covers) show(element.querySelector('.covers'), `access for ${covers}`)
      return
    }
    element.classList.replace('connected', 'none')
    show(element.querySelector('.dot'), '○')
    show(element.querySelector('.covers'), '')
    show(element.querySelector('.over'), 'Access ended. The next sync asks you.')
  }

  // The next moment at which the page would say something that is no longer true
  let alarm
  const wake = (now) => {
    const moments = [...document.querySelectorAll('[data-ends]')].flatMap(({ dataset }) =>
      [...dataset.ends.split(',').map((end) => end.split(' ')[0]), dataset.from].map(
        (at) => new Date(at) - now,
      ),
    )
    const soonest = Math.min(...moments.filter((ms) => ms > 0), 60_000)
    clearTimeout(alarm)
    alarm = setTimeout(tellTimes, soonest + 50)
  }

  const addCopy = (details) => {
    const button = Object.assign(document.createElement('button'), {
      type: 'button',
      textContent: 'Copy',
    })
    button.className = 'button small'
    const pre = details.querySelector('pre')
    const copied = () => show(button, 'Copied')
    const select = () => getSelection().selectAllChildren(pre)
    button.addEventListener('click', () =>
      navigator.clipboard.writeText(pre.textContent).then(copied, select),
    )
    details.append(button)
  }

  // A run under way is told as it goes on, by the newest strip alone: a browser has six connections to a site
  const followRun = (element) => {
    let source
    const close = () => {
      source?.close()
      source = undefined
    }
    const follow = () => {
      if (document.hidden) return close()
      if (source) return
      source = new EventSource(element.dataset.events)
      source.addEventListener('title', ({ data }) => {
        show(element, `${data}.`)
        if (/^(Syncing|Stopping)/.test(data)) return
        close()
        document.removeEventListener('visibilitychange', follow)
      })
      // Nothing is said to go on that is not heard of
      source.addEventListener('error', () =>
        show(element, 'live updates have stopped; see the run.'),
      )
    }
    document.addEventListener('visibilitychange', follow)
    addEventListener('pagehide', close)
    follow()
  }

  tellTimes()
  const underWay = document.querySelector('.strip [data-events]')
  if (underWay) followRun(underWay)
  document.addEventListener('visibilitychange', () => document.hidden || tellTimes())
  addEventListener('pageshow', tellTimes)
  addEventListener('times', tellTimes)
  if (navigator.clipboard) document.querySelectorAll('details.detail').forEach(addCopy)
  addEventListener('keydown', (event) => {
    const search = document.querySelector('#search')
    const isPlain = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey
    if (!search || !isPlain || event.target.matches('input, select, textarea')) return
    event.preventDefault()
    search.focus()
    search.select()
  })
  // A pressed button says so, and until its page comes its address is sent nothing else. For a moment no other form is: the
  // second click of a double click may hit one. A page that is come back to is as before; a press of which nothing comes, as
  // one broken off, holds its address up for no longer than this.
  const NO_ANSWER_MS = 10_000
  const DOUBLE_CLICK_MS = 1_000
  let pressed
  const free = () => {
    pressed = undefined
    for (const button of document.querySelectorAll('[aria-busy]'))
      button.removeAttribute('aria-busy')
  }
  const isHeld = (action) =>
    pressed &&
    performance.now() - pressed.at < (action === pressed.action ? NO_ANSWER_MS : DOUBLE_CLICK_MS)
  addEventListener('submit', (event) => {
    const action = event.target.getAttribute('action')
    if (isHeld(action)) return event.preventDefault()
    free()
    pressed = { action, at: performance.now() }
    event.submitter?.setAttribute('aria-busy', 'true')
  })
  addEventListener('pageshow', free)
}
