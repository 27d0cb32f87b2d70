// The list while one types: it narrows as the plain form would, and what is ticked stays so on every way on from it.
{
  const TYPING_MS = 200
  const filter = document.querySelector('search.filter form')
  const status = document.querySelector('#told')

  const boxes = () => [...document.querySelectorAll('tbody input[form=many]')]
  const values = (selector) =>
    [...document.querySelectorAll(selector)].map(({ value }) => value).filter(Boolean)

  // Ids that are ticked on other pages: of the form, or of the address where nothing is found and so no form is there
  const elsewhere = () =>
    document.querySelector('#many')
      ? values('#many input[type=hidden][name=id]')
      : values('.filter input[name=selected]').flatMap((joined) => joined.split('.'))

  const ticked = () => [
    ...boxes().flatMap(({ checked, value }) => (checked ? [value] : [])),
    ...elsewhere(),
  ]

  const withTicks = (parameters, ids = ticked()) => {
    parameters.delete('selected')
    if (ids.length) parameters.set('selected', ids.join('.'))
    return parameters.size ? `/campaigns?${parameters}` : '/campaigns'
  }

  // Every way to another order, page or filter takes the ticks along
  const tellLinks = () => {
    const ids = ticked()
    for (const link of document.querySelectorAll('main a[href^="/campaigns"]:not([data-clear])'))
      if (link.pathname === '/campaigns')
        link.setAttribute('href', withTicks(new URLSearchParams(link.search), ids))
    const kept = document.querySelector('[data-live=hidden]')
    const field = Object.assign(document.createElement('input'), {
      type: 'hidden',
      name: 'selected',
      value: ids.join('.'),
    })
    kept?.querySelector('[name=selected]')?.remove()
    if (ids.length) kept?.append(field)
  }

  // "Sync selected" says how many, a box in the head selects the page, and a line then offers all that match
  const all = Object.assign(document.createElement('input'), {
    type: 'hidden',
    name: 'all',
    value: '1',
  })
  const made = (type, more) => Object.assign(document.createElement(type), more)
  let tell = () => {}

  const arrange = () => {
    const button = document.querySelector('button[data-selected]')
    tell = tellLinks
    if (!button) return tell()
    const others = elsewhere().length
    const found = Number(button.dataset.found)
    const box = made('input', { type: 'checkbox', className: 'all' })
    const offer = made('button', { type: 'button', hidden: true, className: 'button small' })
    tell = () => {
      const onPage = boxes().filter((one) => one.checked).length
      const chosen = all.isConnected ? found : onPage + others
      button.textContent = chosen ? `Sync ${chosen.toLocaleString('en')} selected` : 'Sync selected'
      button.disabled = chosen === 0
      box.checked = onPage > 0 && onPage === boxes().length
      box.indeterminate = onPage > 0 && !box.checked
      offer.hidden = !box.checked || found <= boxes().length + others
      offer.textContent = all.isConnected
        ? 'Only those ticked'
        : `Select all ${found.toLocaleString('en')} matching`
      tellLinks()
    }
    box.setAttribute('aria-label', 'Select all on this page')
    box.addEventListener('change', () => {
      for (const one of boxes()) one.checked = box.checked
    })
    offer.addEventListener('click', () => {
      if (all.isConnected) all.remove()
      else button.form.append(all)
      tell()
    })
    const label = document.createElement('label')
    label.append(box)
    document.querySelector('thead .pick')?.append(label)
    button.before(offer)
    tell()
  }

  // The page that the plain form would lead to: its parts take the place of those shown
  const show = (html, address) => {
    const next = new DOMParser().parseFromString(html, 'text/html')
    const parts = [...document.querySelectorAll('[data-live]')]
    const found = (name) => next.querySelector(`[data-live=${name}]`)
    if (parts.some(({ dataset }) => !found(dataset.live))) return
    const wasInside = parts.find((one) => one.contains(document.activeElement))
    for (const part of parts) part.replaceWith(found(part.dataset.live))
    if (wasInside) {
      const result = document.querySelector('[data-live=result]')
      result.tabIndex = -1
      result.focus({ preventScroll: true })
    }
    document.title = next.title
    history.replaceState(history.state, '', address)
    const said = document.querySelector('[data-told]').dataset.told
    if (status.textContent !== said) status.textContent = said
    arrange()
    dispatchEvent(new Event('times'))
  }

  let request
  const narrow = async () => {
    const fields = [...new FormData(filter)].filter(([, value]) => value !== '')
    const address = withTicks(new URLSearchParams(fields))
    request?.abort()
    request = new AbortController()
    const { signal } = request
    try {
      const response = await fetch(address, { headers: { accept: 'text/html' }, signal })
      if (response.ok && !response.redirected) show(await response.text(), address)
    } catch {
      // The plain form is still there
    }
  }

  let typing
  const soon = (ms) => {
    clearTimeout(typing)
    typing = setTimeout(narrow, ms)
  }

  arrange()
  addEventListener('change', ({ target }) => {
    if (filter?.contains(target)) return target.type === 'search' ? undefined : soon(0)
    all.remove()
    tell()
  })
  filter?.addEventListener('input', ({ target, isComposing }) => {
    if (target.type === 'search' && !isComposing) soon(TYPING_MS)
  })
  filter?.addEventListener('compositionend', () => soon(TYPING_MS))
  filter?.addEventListener('submit', () => {
    clearTimeout(typing)
    request?.abort()
  })
  addEventListener('pageshow', () => tell())
}
