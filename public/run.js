// A run's page goes on by itself: parts rendered by the server take the place of those shown. Works without it too.
{
  const state = document.querySelector('#state')
  const say = document.querySelector('#say')
  const pause = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'button small',
  })
  const [served] = document.title.split(' · ')
  const suffix = document.title.slice(served.length)
  const stopped = document.querySelector('#stopped')
  // The server says something every 3 s; what is older than this is not called live
  const SILENT_MS = 10_000
  const AGAIN_MS = 5_000
  let headline = served
  let heardAt = Date.now()
  let triedAt = 0
  let source
  let paused = false

  const standing = () => state.querySelector('.standing')

  const isOver = () => !('live' in standing().dataset || standing().matches('.paused'))

  // A page that hears nothing says so, and claims nothing of now
  const tellLive = () => {
    const isLive = !('live' in standing().dataset) || Date.now() - heardAt < SILENT_MS
    if (stopped.hidden !== isLive) {
      stopped.hidden = isLive
      state.classList.toggle('stale', !isLive)
      stopped.querySelector('time').dateTime = new Date(heardAt).toISOString()
      dispatchEvent(new Event('times'))
      if (!isLive) say.textContent = 'Live updates stopped.'
    }
    document.title = (isLive ? '' : 'Not live: ') + headline + suffix
    pause.hidden = isOver()
  }

  const take = {
    title: (text) => {
      headline = text
    },
    alive: () => {},
    progress: (html) => {
      document.querySelector('#progress').innerHTML = html
    },
    state: (html) => {
      const hadFocus = state.contains(document.activeElement)
      const before = standing().className
      state.innerHTML = html
      const banner = document.querySelector('main > .banner')
      const isOld = banner !== null && standing().className !== before
      if (hadFocus || (isOld && banner.contains(document.activeElement))) {
        const heading = state.querySelector('h1')
        heading.tabIndex = -1
        heading.focus()
      }
      if (isOld) banner.remove()
    },
    access: (html) => {
      const place = document.querySelector('.connections')
      if (!place.contains(document.activeElement)) place.innerHTML = html
      dispatchEvent(new Event('times'))
    },
    say: (text) => {
      say.textContent = text
    },
    rows: (html) => {
      const body = document.querySelector('table.items tbody')
      if (!body.contains(document.activeElement)) body.innerHTML = html
      dispatchEvent(new Event('times'))
    },
  }

  const close = () => {
    source?.close()
    source = undefined
  }

  // A browser has six connections to a site: pages that nobody looks at let go of theirs, unless they are to notify
  const follow = () => {
    pause.textContent = paused ? 'Go on with live updates' : 'Pause live updates'
    pause.hidden = isOver()
    const isLeft = document.hidden && !('notices' in state.dataset)
    if (paused || isLeft) return close()
    if (source && source.readyState !== EventSource.CLOSED) return
    triedAt = Date.now()
    if (!source) heardAt = triedAt
    source = new EventSource(state.dataset.events)
    for (const [name, use] of Object.entries(take))
      source.addEventListener(name, (event) => {
        heardAt = Date.now()
        use(event.data)
        tellLive()
        dispatchEvent(new Event('run'))
      })
  }

  // An answer that is no stream, as of a proxy whose server is away, ends a browser's own tries
  const watch = () => {
    if (!source) return
    tellLive()
    if (Date.now() - triedAt > AGAIN_MS) follow()
  }

  pause.addEventListener('click', () => {
    paused = !paused
    follow()
  })
  document.addEventListener('visibilitychange', follow)
  addEventListener('notices', follow)
  addEventListener('pagehide', close)
  addEventListener('pageshow', follow)
  document.querySelector('#pause-place').replaceWith(pause)
  setInterval(watch, 1_000)
  follow()
}
