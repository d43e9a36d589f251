// Looks at rendered reports in a real browser: accessibility rules, network silence, narrow screens, keyboard, paper.
//
//   node axe.mjs REPORT.html...
//
// Prints one line for each fault and ends with 1 where there is any, or where the look itself could not have seen one.

import { readFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const executablePath = process.env.RUSUBAN_CHROMIUM ?? '/usr/bin/chromium';
const faults = [];

function fault(where, what) {
  faults.push(`${where}: ${what}`);
}

/** Opens a page that records everything it asks for and gets nothing of it. */
async function open(browser, options, load) {
  const context = await browser.newContext({ offline: true, ...options });
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await load(page);
  return { context, page, asked };
}

/** What axe finds wrong, and what it could not judge and nothing else has judged. */
async function violations(page) {
  await page.evaluate(axe);
  const run = (values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations', 'incomplete'] });
  const { violations, incomplete } = await page.evaluate(run, rules);
  const told = (kind, rule, node) => `${kind} ${rule.id}: ${rule.help}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`.replace(/\s+/g, ' ');
  const lines = violations.flatMap((rule) => rule.nodes.map((node) => told('violation', rule, node)));
  for (const rule of incomplete) {
    for (const node of rule.nodes) {
      if (rule.id !== 'color-contrast' || !await judgedElsewhere(page, node)) lines.push(told('undecided', rule, node));
    }
  }
  return lines;
}

/**
 * Contrasts that axe leaves open: text in drawings is judged by `drawings`; a sign has the colours of the word beside
 * it; and a table wider than a narrow screen is judged on the wide one, where all of it shows.
 */
async function judgedElsewhere(page, node) {
  const [target] = node.target.slice(-1);
  return page.evaluate((selector) => {
    const element = document.querySelector(selector);
    if (element === null) return false;
    if (element.closest('svg') !== null) return true;
    if (element.closest('.scroll') !== null && window.innerWidth < 1000) return true;
    return element.classList.contains('sign') && getComputedStyle(element).color === getComputedStyle(element.parentElement).color;
  }, target);
}

/** Contrast of the drawings' text with what it stands on: the plate of a number, or else the page. */
async function drawings(page) {
  return page.evaluate(() => {
    const light = (colour) => {
      const [r, g, b] = colour.match(/[\d.]+/g).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
      const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
      return (bright + 0.05) / (dark + 0.05);
    };
    const ground = getComputedStyle(document.body).backgroundColor;
    return [...document.querySelectorAll('svg text')].flatMap((text) => {
      const plate = text.classList.contains('count') ? getComputedStyle(text.previousElementSibling).fill : ground;
      const ratio = contrast(getComputedStyle(text).fill, plate);
      return ratio >= 4.5 ? [] : [`text in a drawing has a contrast of ${ratio.toFixed(2)}: ${text.textContent}`];
    });
  });
}

/** A page with known faults: where nothing is found in it, nothing found elsewhere means anything. */
async function control(browser) {
  const broken = '<!DOCTYPE html><html><head><title>x</title></head><body><p style="color:#aaa;background:#fff">pale</p>'
    + '<img src="http://localhost:9/control.png"></body></html>';
  const { context, page, asked } = await open(browser, {}, (page) => page.setContent(broken));
  const found = await violations(page);
  for (const rule of ['color-contrast', 'image-alt', 'html-has-lang']) {
    if (!found.some((line) => line.includes(`violation ${rule}:`))) fault('control', `axe did not find ${rule}`);
  }
  if (!asked.some((url) => url.includes('control.png'))) fault('control', 'a request was not noticed');
  await context.close();
}

async function accessible(browser, name, url, options) {
  const { context, page, asked } = await open(browser, options, (page) => page.goto(url));
  const where = `${name}, ${options.colorScheme}, ${options.viewport.width} px`;
  // What is folded away would not be looked at.
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
  for (const line of [...await violations(page), ...await drawings(page)]) fault(where, line);
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
  if (wide > 0) fault(where, `the page is ${wide} px wider than the screen`);
  const other = asked.filter((address) => address !== url);
  if (other.length > 0) fault(where, `asks for ${other.join(', ')}`);
  if (asked.length === 0) fault(where, 'the page itself was not seen being loaded');
  await context.close();
}

async function keyboard(browser, name, url) {
  const { context, page } = await open(browser, { viewport: { width: 1280, height: 800 } }, (page) => page.goto(url));
  const focused = () => page.evaluate(() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return {
      what: `${element.localName} ${element.className} ${element.textContent.trim().slice(0, 20)}`,
      seen: box.width > 0 && box.right > 0 && box.left < window.innerWidth && box.bottom > 0 && box.top < window.innerHeight,
      marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      kind: element.className || element.localName,
    };
  });
  await page.keyboard.press('Tab');
  const first = await focused();
  if (first.kind !== 'skip' || !first.seen) fault(name, `the first stop is no visible skip link: ${first.what}`);
  await page.keyboard.press('Enter');
  if (!page.url().endsWith('#main')) fault(name, 'the skip link leads nowhere');
  for (let stop = 0; stop < 12; stop += 1) {
    await page.keyboard.press('Tab');
    // A short page ends before: then the browser itself has the focus.
    if (await page.evaluate(() => document.activeElement === document.body)) break;
    const at = await focused();
    if (!at.seen || !at.marked) fault(name, `the focus cannot be seen on ${at.what}`);
  }
  const summary = page.locator('summary').first();
  if (await summary.count() > 0) {
    await summary.focus();
    await page.keyboard.press('Enter');
    const opened = await summary.evaluate((element) => element.parentElement.open);
    if (!opened) fault(name, 'a folded list cannot be opened from the keyboard');
  }
  await context.close();
}

async function paper(browser, name, url) {
  const { context, page } = await open(browser, { colorScheme: 'dark' }, (page) => page.goto(url));
  await page.emulateMedia({ media: 'print' });
  const hidden = await page.evaluate(() => {
    const entries = [...document.querySelectorAll('main li, main tr, main p:not(.unfold)')];
    return entries.filter((entry) => !entry.checkVisibility()).map((entry) => entry.textContent.trim().slice(0, 40));
  });
  if (hidden.length > 0) fault(name, `${hidden.length} entries do not print, such as: ${hidden[0]}`);
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  if (ground !== 'rgb(255, 255, 255)') fault(name, `dark paper: ${ground}`);
  await context.close();
}

/** What nobody has looked at stands out as much as what is wrong. */
async function prominence(browser, name, url) {
  for (const colorScheme of ['light', 'dark']) {
    const { context, page } = await open(browser, { colorScheme }, (page) => page.goto(url));
    // The review of logs has one verdict and no table of them.
    if (await page.locator('body.review').count() > 0) {
      await context.close();
      continue;
    }
    const looks = await page.evaluate(() => ['unknown', 'failing'].map((kind) => {
      const style = getComputedStyle(document.querySelector(`.counts .badge.${kind}`));
      return { size: style.fontSize, weight: style.fontWeight, filled: style.backgroundColor !== getComputedStyle(document.body).backgroundColor };
    }));
    const [unknown, failing] = looks;
    if (!unknown.filled || unknown.size !== failing.size || unknown.weight !== failing.weight) {
      fault(`${name}, ${colorScheme}`, `unknown is paler than failing: ${JSON.stringify(looks)}`);
    }
    await context.close();
  }
}

const files = process.argv.slice(2);
if (files.length === 0) fault('usage', 'name at least one file');
for (const file of files) if (!existsSync(file)) fault(file, 'is not there');
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  await control(browser);
  for (const file of faults.length === 0 ? files : []) {
    const url = pathToFileURL(resolve(file)).href;
    for (const colorScheme of ['light', 'dark']) {
      await accessible(browser, file, url, { colorScheme, viewport: { width: 1280, height: 800 } });
    }
    await accessible(browser, file, url, { colorScheme: 'light', viewport: { width: 320, height: 640 } });
    await keyboard(browser, file, url);
    await paper(browser, file, url);
    await prominence(browser, file, url);
  }
} finally {
  await browser.close();
}
for (const line of faults) console.error(line);
console.log(`${files.length} files, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
