// A run's page goes on by itself: parts rendered by the server take the place of those shown. Works without it too.
{
  const state = document.querySelector('#state')
  const say = document.querySelector('#say')
  const pause = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'button small',
  })
  const suffix = document.title.slice(document.title.lastIndexOf(' · '))
  let source
  let paused = false

  const take = {
    title: (text) => {
      document.title = text + suffix
    },
    progress: (html) => {
      document.querySelector('#progress').innerHTML = html
    },
    state: (html) => {
      const hadFocus = state.contains(document.activeElement)
      state.innerHTML = html
      if (hadFocus) {
        const heading = state.querySelector('h1')
        heading.tabIndex = -1
        heading.focus()
      }
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

  // A browser has six connections to a site: pages that nobody looks at let go of theirs.
  const follow = () => {
    pause.textContent = paused ? 'Go on with live updates' : 'Pause live updates'
    if (paused || document.hidden) return close()
    if (source) return
    source = new EventSource(state.dataset.events)
    for (const [name, use] of Object.entries(take))
      source.addEventListener(name, (event) => use(event.data))
  }

  pause.addEventListener('click', () => {
    paused = !paused
    follow()
  })
  document.addEventListener('visibilitychange', follow)
  addEventListener('pagehide', close)
  addEventListener('pageshow', follow)
  document.querySelector('#pause-place').replaceWith(pause)
  follow()
}
