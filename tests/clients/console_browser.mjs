// A real Chromium that looks at pages of the console: axe, the policy of content, and what is wider than the window.
// Environment: CONSOLE (address of the realm's console), EMAIL, PASSWORD, CHROMIUM, PICTURES (a folder).
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import puppeteer from 'puppeteer-core'

const { CONSOLE, EMAIL, PASSWORD, CHROMIUM, PICTURES } = process.env
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
export const findings = []
export const seen = []
// What pages lead to, and a page that does.
export const links = new Map()

const browser = await puppeteer.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
})

export async function open(width, scheme, scripts = true, height = 900) {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  await page.setJavaScriptEnabled(scripts)
  await page.setViewport({ width, height })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  const where = `${width} ${scheme}${scripts ? '' : ' without scripts'}`
  page.on('console', message => {
    // What a page refuses is an error of the browser too: the status is the test's business.
    const text = message.text()
    // A provider of identities has pages of its own.
    const ours = page.url().startsWith(new URL(CONSOLE).origin)
    if (ours && message.type() === 'error' && !text.includes('the server responded with a status of')) findings.push(`${where}: ${text}`)
  })
  page.on('pageerror', error => findings.push(`${where}: ${error}`))
  page.on('dialog', dialog => dialog.accept())
  return { context, page, where, name: `${width}-${scheme}` }
}

// In a world of its own, to which the page's policy does not apply.
export async function check(walk, name) {
  const { page, where } = walk
  const session = await page.createCDPSession()
  await session.send('Page.setBypassCSP', { enabled: true })
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id })
  const run = expression => session.send('Runtime.evaluate', { expression, contextId, awaitPromise: true, returnByValue: true })
  await run(axe)
  const { result } = await run(`axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(found => JSON.stringify({
    violations: found.violations.map(one => one.id + ' ' + one.nodes.map(node => node.target.join(' ')).join(', ')),
    wider: document.documentElement.scrollWidth - innerWidth }))`)
  const { violations, wider } = JSON.parse(result.value)
  findings.push(...violations.map(found => `${where}: ${name}: ${found}`))
  if (wider > 0) findings.push(`${where}: ${name}: ${wider} pixels wider than the window`)
  seen.push(`${name} ${where}`)
  const found = await run(`JSON.stringify([...document.querySelectorAll('a[href], form[method=get], form:not([method])')]
    .map(one => new URL(one.getAttribute('href') ?? one.getAttribute('action') ?? '', location.href).href.replace(/#.*/, ''))
    .filter(href => href.startsWith(location.origin) && href !== location.href))`)
  for (const href of JSON.parse(found.result.value)) links.set(href, name)
  await session.detach()
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}-${walk.name}.png`, fullPage: true })
}

export const go = async (walk, path) => { await walk.page.goto(new URL(path, CONSOLE).href, { waitUntil: 'load' }) }

export async function press(walk, selector) {
  await Promise.all([walk.page.waitForNavigation({ waitUntil: 'load' }), walk.page.click(selector)])
}

export async function signIn(walk, email = EMAIL, password = PASSWORD) {
  await go(walk, '')
  // Below the button of the identity provider.
  const closed = await walk.page.$('details.more:not([open]) > summary')
  if (closed) await closed.click()
  await walk.page.type('#email', email)
  await walk.page.type('#password', password)
  await press(walk, 'form[action$="/sign-in/local"] button[type=submit]')
}

export const text = (walk, selector) => walk.page.$eval(selector, element => element.textContent)
export const value = (walk, name) => walk.page.$eval(`input[name=${name}]`, element => element.value)

// Runs the walk, closes the browser, and prints what was found as one JSON object.
export async function told(walk) {
  let made = {}
  try {
    made = await walk()
  } catch (error) {
    findings.push(String(error.stack))
  } finally {
    await browser.close()
  }
  console.log(JSON.stringify({ findings, seen, ...made }))
}
