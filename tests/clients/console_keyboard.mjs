// Walks the console with the keyboard alone, at 400 % zoom: 320 by 256 pixels of a window of 1280 by 1024.
import { check, findings, go, open, seen, told } from './console_browser.mjs'

const { CONSOLE, EMAIL, PASSWORD } = process.env

// Presses Tab until the element has the focus, as somebody does who sees where it is.
async function reach(walk, selector) {
  const { page, where } = walk
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(selector => {
      const focused = document.activeElement
      const { top, bottom, width, height } = focused.getBoundingClientRect()
      const style = getComputedStyle(focused)
      return {
        is: focused.matches(selector),
        element: focused.outerHTML.slice(0, 80),
        seen: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
        marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      }
    }, selector)
    if (at.element.startsWith('<body')) continue
    if (!at.seen) findings.push(`${where}: ${page.url()}: the focus is out of sight: ${at.element}`)
    if (!at.marked) findings.push(`${where}: ${page.url()}: the focus is not marked: ${at.element}`)
    if (at.is) return
  }
  throw new Error(`${page.url()}: Tab does not reach ${selector}`)
}

async function follow(walk, key = 'Enter') {
  await Promise.all([walk.page.waitForNavigation({ waitUntil: 'load' }), walk.page.keyboard.press(key)])
}

const main = 'main button[data-k=primary]'

await told(async () => {
  const walk = await open(320, 'light', true, 256)
  const { page } = walk
  await go(walk, '')
  await reach(walk, '#email')
  await page.keyboard.type(EMAIL)
  await reach(walk, '#password')
  await page.keyboard.type(PASSWORD)
  await follow(walk)
  await check(walk, 'overview')
  // The menu is closed at this width: its button opens it, Escape closes it, and its entries are reached by Tab.
  await reach(walk, 'button.burger')
  await page.keyboard.press('Enter')
  await reach(walk, 'nav a[href$="/service-credentials"]')
  await follow(walk)
  await reach(walk, 'a[href$="/service-credentials/new"]')
  await follow(walk)
  await check(walk, 'wizard-details')
  const name = 'made-by-keyboard'
  await reach(walk, '#name')
  await page.keyboard.type(name)
  await reach(walk, main)
  await follow(walk)
  await reach(walk, 'main input[type=radio]')
  await page.keyboard.press('ArrowDown')
  await check(walk, 'wizard-expiration')
  await reach(walk, main)
  await follow(walk)
  await check(walk, 'wizard-access')
  await reach(walk, 'main a[href*="/new/groups"]')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('dialog[open]') || location.pathname.endsWith('/groups'))
  await reach(walk, 'input[name=groups]')
  await page.keyboard.press('Space')
  await check(walk, 'wizard-groups')
  await follow(walk)
  await reach(walk, main)
  await follow(walk)
  await check(walk, 'wizard-summary')
  await reach(walk, main)
  await follow(walk)
  await check(walk, 'client-key')
  const id = await page.$eval('input[name=client_id]', input => input.value)
  const key = await page.$eval('input[name=client_key]', input => input.value)
  await reach(walk, 'form.foot input[type=checkbox]')
  await page.keyboard.press('Space')
  await reach(walk, 'form.foot button[data-k=primary]')
  await follow(walk)
  await check(walk, 'credential')
  await reach(walk, `main a[href$="/${id}/revoke"]`)
  await page.keyboard.press('Enter')
  await page.waitForSelector('#confirm')
  await page.waitForFunction(() => document.activeElement.id === 'confirm')
  await check(walk, 'revoke')
  await page.keyboard.type(name)
  await follow(walk)
  await page.waitForSelector('.sum')
  await check(walk, 'receipt')
  seen.push(`from ${CONSOLE} by keyboard`)
  return { made: [{ id, key }] }
})
