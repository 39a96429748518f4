// The web page in a real Chromium: node check.mjs URL FOLDER. Prints a line per check; screenshots go into FOLDER.
// The model behind URL must be the scripted one of WebBrowserTests.cs, whose replies follow from the messages.

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [url, folder] = process.argv.slice(2);
const executablePath = process.env.MICROCHAT_CHROMIUM ?? '/usr/bin/chromium';
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
let failed = 0;
fs.mkdirSync(folder, { recursive: true });

/** One check in a browser context of its own; console errors and uncaught exceptions fail it. */
async function check(name, options, steps) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && !/status of (400|401|403|404|429|500|503)/.test(message.text()) && complaints.push(message.text()));
  try {
    await steps(page, context);
    require(complaints.length === 0, complaints.join('\n'));
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.message).split('\n').join('\n      ')}`);
    await shot(page, `failed-${name.replace(/\W+/g, '-')}`).catch(() => {});
  }
  await context.close();
}

function require(holds, message) {
  if (!holds) {
    throw new Error(message);
  }
}

const shot = (page, name, fullPage = false) => page.screenshot({ path: path.join(folder, `${name}.png`), fullPage });
const reply = (page, text) => page.locator('.prose').getByText(text);
const field = (page) => page.getByLabel('Message', { exact: true });

async function say(page, text, replies = 1) {
  await field(page).fill(text);
  await field(page).press('Enter');
  await page.locator('.reply[data-reply]:not(.streaming)').nth(replies - 1).waitFor();
  await page.locator('#send').waitFor();
}

async function accessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  require(violations.length === 0, `${where}: ${violations.map((v) => `${v.id} at ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`).join('\n')}`);
}

async function fits(page, where) {
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  require(content <= width, `${where}: the content is ${content} px wide, the window ${width} px`);
}

await check('A message streams word by word, and says who speaks', {}, async (page) => {
  await page.goto(url);
  await page.getByText('May MicroChat learn from this chat?').waitFor();
  await shot(page, 'welcome-light');
  await accessible(page, 'welcome');
  await page.evaluate(() => {
    window.lengths = new Set();
    new MutationObserver(() => window.lengths.add(document.querySelector('.prose')?.textContent.length))
      .observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await field(page).fill('please be slow');
  await field(page).press('Enter');
  await reply(page, 'word12 ').waitFor();
  const lengths = await page.evaluate(() => window.lengths.size);
  require(lengths >= 3, `the text was shown in ${lengths} lengths; it must grow`);
  require(await page.getByText('scripted, generation 3').first().isVisible(), 'the generation is not shown');
  await shot(page, 'streaming-light');
  await page.keyboard.press('Escape');
  await page.getByText('You stopped the reply here.').waitFor();
  await page.reload();
  await page.getByText('You stopped the reply here.').waitFor();
});

await check('A rating with reason and comment survives a reload and can be taken back', {}, async (page) => {
  await page.goto(url);
  await say(page, 'What is a volcano?');
  await page.getByRole('button', { name: 'Bad reply' }).click();
  await page.getByLabel('Too long').check();
  await page.getByLabel('Comment').fill('It goes on and on.');
  await shot(page, 'reason-light');
  await accessible(page, 'reason');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Change the reason' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Bad reply', pressed: true }).waitFor();
  await page.getByRole('button', { name: 'Change the reason' }).click();
  require(await page.getByLabel('Comment').inputValue() === 'It goes on and on.', 'the comment was lost');
  require(await page.getByLabel('Too long').isChecked(), 'the reason was lost');
  await page.getByRole('button', { name: 'Bad reply' }).click();
  await page.getByRole('button', { name: 'Bad reply', pressed: false }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Bad reply', pressed: false }).waitFor();
});

await check('A retry keeps both replies and asks which is better', {}, async (page) => {
  await page.goto(url);
  await say(page, 'Tell me about the sea');
  const first = await page.locator('.prose').innerText();
  await page.getByRole('button', { name: 'Try again and compare' }).click();
  await page.getByRole('button', { name: 'A is better' }).and(page.locator(':enabled')).waitFor();
  await shot(page, 'retry-light');
  await accessible(page, 'retry');
  const earlier = await page.locator('.candidate').filter({ hasText: '(earlier)' }).getByRole('button').innerText();
  await page.reload();
  await page.getByRole('button', { name: earlier }).click();
  await page.getByText('1 of 2').waitFor();
  require(await page.locator('.prose').innerText() === first, 'the chosen reply is not the one that stays');
  await page.getByRole('button', { name: 'Later candidate' }).click();
  await page.getByText('2 of 2').waitFor();
  await page.reload();
  await page.getByText('1 of 2').waitFor();
});

await check('Two replies stand side by side, and one must be picked to go on', {}, async (page) => {
  await page.goto(url);
  await page.getByText('Two replies', { exact: true }).click();
  await say(page, 'Which colour is best?', 2);
  await field(page).fill('And why?');
  require(await page.locator('#send').isDisabled(), 'one can go on without a choice');
  require(await page.locator('#composer-hint').innerText() === 'Choose a reply to go on', 'the hint does not say what to do');
  await shot(page, 'two-replies-light');
  const boxes = await Promise.all([0, 1].map((i) => page.locator('.candidate').nth(i).boundingBox()));
  require(Math.abs(boxes[0].y - boxes[1].y) < 1 && boxes[0].x < boxes[1].x, 'the replies are not side by side');
  const right = await page.locator('.candidate .prose').nth(1).innerText();
  await page.getByRole('button', { name: 'B is better' }).click();
  await page.locator('.pair').waitFor({ state: 'detached' });
  require(await page.locator('.prose').innerText() === right, 'the picked reply is not the one that stays');
  await page.getByText('Two replies', { exact: true }).click();
  await page.locator('#send').click();
  await reply(page, 'about: And why?').waitFor();
});

await check('Everything can be done from the keyboard', {}, async (page) => {
  await page.goto(url);
  await page.locator('#model-chip').waitFor();
  await page.keyboard.press('Tab');
  require(await page.evaluate(() => document.activeElement.textContent) === 'Skip to the message field', 'the first stop is not the skip link');
  await page.keyboard.press('Enter');
  await page.keyboard.type('First line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Good reply' }).waitFor();
  require((await page.locator('.bubble').innerText()).split('\n').length === 2, 'Shift+Enter did not start a line');
  await tabTo(page, 'Good reply', true);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Good reply', pressed: true }).waitFor();
  await tabTo(page, 'Try again and compare');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'A is better' }).and(page.locator(':enabled')).waitFor();
  await tabTo(page, 'A is better');
  await page.keyboard.press('Enter');
  await page.locator('.pair').waitFor({ state: 'detached' });
  require(await page.evaluate(() => document.activeElement.id) === 'message', 'after a choice the focus is not in the message field');
  await tabTo(page, 'Settings', true);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  require(outline === 'solid', `the focus is not visible: outline ${outline}`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await page.keyboard.press('Escape');
  require(await page.evaluate(() => document.activeElement.id) === 'open-settings', 'closing the settings loses the focus');
});

async function tabTo(page, name, back = false) {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    if (await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()) === name) {
      return;
    }
  }
  throw new Error(`Tab never reaches "${name}"`);
}

await check('Script and HTML in messages are shown as text', {}, async (page) => {
  await page.goto(url);
  const script = '<script>window.broken = 1</script><img src=x onerror="window.broken = 1"> **bold** markdown';
  await say(page, script);
  require(await page.locator('.bubble').innerText() === script, 'the message is not shown as it was written');
  require(await page.evaluate(() => window.broken === undefined), 'a script of a message ran');
  require(await page.locator('.prose strong').innerText() === 'how', 'bold is not bold');
  require((await page.locator('.prose li').allInnerTexts()).join('|') === 'first one|then <b>two</b>', 'the list is not a list of text');
  require(await page.locator('.prose pre').innerText() === 'alert("<script>");', 'the code is not shown as text');
  require(await page.locator('.prose img, .prose b, .bubble img').count() === 0, 'HTML of a message was parsed');
  await shot(page, 'markdown-light');
});

await check('Failures are said, and trying again works', {}, async (page) => {
  await page.goto(url);
  await field(page).fill('the queue is full');
  await field(page).press('Enter');
  await page.getByText('Too many people are waiting').first().waitFor();
  await shot(page, 'failure-light');
  await page.route('**/api/chat', (route) => route.fulfill({ status: 503, json: { error: { message: 'Not now.', retry: true } } }), { times: 1 });
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Not now.').first().waitFor();
  await page.getByRole('button', { name: 'New chat' }).click();
  await say(page, 'this will break');
  await page.getByText('The reply was cut off here.').waitFor();
  await page.getByRole('button', { name: 'Try again', exact: true }).waitFor();
});

await check('The place in the queue is shown', {}, async (page) => {
  await page.goto(url);
  await field(page).fill('queue');
  await field(page).press('Enter');
  await page.getByText('2 replies ahead of yours, about 12 s').waitFor();
  await reply(page, 'about: queue').waitFor();
});

await check('Conversations are listed, resumed and deleted', {}, async (page) => {
  await page.goto(url);
  await say(page, 'The first conversation');
  await page.getByRole('button', { name: 'New chat' }).click();
  await say(page, 'The second conversation');
  await page.locator('#history .open').filter({ hasText: 'The first' }).click();
  await reply(page, 'about: The first conversation').waitFor();
  await say(page, 'And on', 2);
  await page.goBack();
  await reply(page, 'about: The second conversation').waitFor();
  await page.getByRole('button', { name: 'Delete “The second conversation”' }).click();
  await shot(page, 'confirm-light');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('What would you like to talk about?').waitFor();
  require(await page.locator('#history li').count() === 1, 'the conversation is still listed');
});

await check('Consent is asked, kept and changed, and everything can be deleted', {}, async (page) => {
  await page.goto(url);
  await page.getByRole('button', { name: 'Yes, learn from it' }).click();
  await page.locator('#consent').waitFor({ state: 'hidden' });
  await say(page, 'Remember me');
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).click();
  require(await page.locator('#consent-switch').isChecked(), 'the consent was lost');
  await page.getByText('My chats may be used for training').click();
  await shot(page, 'settings-light');
  await accessible(page, 'settings');
  await page.getByRole('button', { name: 'Delete everything about me' }).click();
  await page.getByRole('button', { name: 'Delete everything', exact: true }).click();
  await page.getByText('Your conversations will be listed here.').waitFor();
  await page.getByText('May MicroChat learn from this chat?').waitFor();
});

await check('On a phone nothing is wider than the screen', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, async (page) => {
  await page.goto(url);
  await page.getByText('May MicroChat learn from this chat?').waitFor();
  await fits(page, 'welcome');
  await shot(page, 'welcome-phone');
  await say(page, `A long word ${'x'.repeat(120)} and markdown`);
  await fits(page, 'reply');
  await shot(page, 'reply-phone');
  await page.getByRole('button', { name: 'Try again and compare' }).click();
  await page.getByRole('button', { name: 'A is better' }).and(page.locator(':enabled')).waitFor();
  await fits(page, 'comparison');
  await shot(page, 'retry-phone');
  await page.getByRole('button', { name: 'Open the list of conversations' }).click();
  await page.getByRole('button', { name: 'New chat' }).waitFor();
  await accessible(page, 'list on a phone');
  await shot(page, 'list-phone');
  await page.keyboard.press('Escape');
  require(await page.evaluate(() => document.activeElement.id) === 'sidebar-open', 'closing the list loses the focus');
  for (const tab of ['feedback', 'rank', 'runs', 'models', 'loop', 'trust']) {
    await page.goto(`${url}/operator#${tab}`);
    await page.locator('h1, .empty').first().waitFor();
    await fits(page, `operator ${tab}`);
  }
});

await check('Dark follows the system and can be chosen', { colorScheme: 'dark' }, async (page) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.goto(url);
  await page.getByText('May MicroChat learn from this chat?').waitFor();
  const dark = await background();
  await accessible(page, 'dark');
  await say(page, 'Show me markdown');
  await page.getByRole('button', { name: 'Try again and compare' }).click();
  await page.getByRole('button', { name: 'A is better' }).and(page.locator(':enabled')).waitFor();
  await shot(page, 'retry-dark');
  await accessible(page, 'dark comparison');
  await page.getByRole('button', { name: 'Change between light and dark' }).click();
  require(await background() !== dark, 'the button changes nothing');
  await page.reload();
  require(await background() !== dark, 'the choice was lost');
});

await check('The operator reads, filters, ranks and deletes feedback', {}, async (page) => {
  await page.goto(url);
  await say(page, 'Rate this one badly');
  await page.getByRole('button', { name: 'Bad reply' }).click();
  await page.getByLabel('Not true').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.goto(`${url}/operator`);
  await page.getByText('Rate this one badly').first().waitFor();
  await page.getByLabel('Rating').selectOption('down');
  await page.getByLabel('Search').fill('one badly');
  await page.locator('article').nth(1).waitFor({ state: 'detached' });
  await shot(page, 'operator-feedback-light');
  await accessible(page, 'operator feedback');
  await page.getByRole('link', { name: 'Read' }).click();
  await page.getByText('How this reply came about').click();
  await shot(page, 'operator-exchange-light');
  await accessible(page, 'operator exchange');
  await page.getByRole('button', { name: 'Delete' }).first().click();
  await page.locator('#confirm-yes').click();
  await page.getByRole('heading', { name: 'Feedback' }).waitFor();
  await page.getByRole('button', { name: 'Export a snapshot' }).click();
  await page.getByText('Snapshot written to').waitFor();
});

await check('Replies are ranked by keyboard and by dragging', {}, async (page) => {
  await page.goto(`${url}/operator#rank`);
  await page.getByLabel('A prompt of your own').fill('Describe the moon');
  await page.getByRole('button', { name: 'Make replies' }).click();
  const texts = () => page.locator('.ranking').first().locator('li p').allInnerTexts();
  await page.locator('.ranking').first().locator('li').nth(3).waitFor();
  const before = await texts();
  await page.getByRole('button', { name: 'Move reply 2 up' }).first().focus();
  await page.keyboard.press('Enter');
  require((await texts()).join() === [before[1], before[0], before[2], before[3]].join(), 'the arrow button did not move the reply');
  await page.locator('.ranking').first().locator('li').nth(3).dragTo(page.locator('.ranking').first().locator('li').nth(0));
  require((await texts())[0] === before[3], 'dragging did not move the reply');
  await page.getByText('As good as the one above').first().click();
  await shot(page, 'operator-rank-light');
  await accessible(page, 'operator rank');
  await page.getByRole('button', { name: 'Save this order' }).first().click();
  await page.getByText('Ranking saved.').first().waitFor();
});

await check('Training runs show live curves and samples', { colorScheme: 'dark' }, async (page) => {
  await page.goto(`${url}/operator#runs`);
  await page.getByRole('link', { name: /^demo/ }).click();
  await page.getByText('Samples before and after').waitFor();
  for (const title of ['Loss', 'Reward', 'KL divergence', 'Reply length']) {
    require(await page.getByRole('img', { name: new RegExp(`^${title}: `) }).isVisible(), `there is no curve of ${title}`);
  }
  await page.getByRole('img', { name: /^Loss: / }).hover();
  await page.locator('.legend').first().getByText(/^step \d/).waitFor();
  await shot(page, 'operator-run-dark', true);
  await accessible(page, 'operator run');
});

await check('The model that replies is shown with its card', {}, async (page) => {
  await page.goto(`${url}/operator#models`);
  await page.getByText('replies now').waitFor();
  await page.getByText('Model card').click();
  await page.getByText('A model for').waitFor();
  await shot(page, 'operator-models-light');
  await accessible(page, 'operator models');
});

/** A loop in full swing, as the server would tell it. */
const LOOP = {
  held: false, hasGenerations: true, canRollBack: true, votes: { new: 214, needed: 300, since: '2026-11-21T01:00:00Z' }, next: { working: false, words: 'There are 214 new votes; 300 are waited for.' },
  trial: {
    generation: 8, live: 7, since: '2026-11-20T01:00:00Z', duels: false, byServer: false, verdict: 'continue', low: -0.021, high: 0.094, even: 0,
    words: 'Nothing is proved yet. Generation 8’s up-rate lies between −2.1 and +9.4 points of generation 7’s, at equal severity of the raters and equal length (95 % confidence sequence, 212 votes of 61 people against 4120).',
    figures: { conversations: 2110, exposed: 104, canary_votes: 212, canary_raters: 61, live_votes: 4120, canary_up_rate: 0.75, live_up_rate: 0.71, canary_repeat_rate: 0.04, live_repeat_rate: 0.05, slowdown: 1.02 },
  },
  generations: [
    { number: 9, name: 'm@9', state: 'candidate', parent: 7, learnedFrom: '920 votes of 44 people', exchanges: 0, up: 0, down: 0 },
    { number: 8, name: 'm@8', state: 'canary', parent: 7, learnedFrom: '612 votes of 40 people', exchanges: 700, up: 159, down: 53, share: 0.75, low: 0.687, high: 0.804 },
    { number: 7, name: 'm@7', state: 'live', parent: 0, learnedFrom: '312 votes of 31 people', exchanges: 14000, up: 2925, down: 1195, share: 0.71, low: 0.696, high: 0.724 },
  ],
  decisions: [{ time: '2026-11-20T01:00:00Z', kind: 'trial-started', generation: 8, by: 'trial', words: 'It answers in 5 % of the conversations.' }],
};

await check('The loop shows the running cycle with curves and gates', { colorScheme: 'dark' }, async (page) => {
  await page.goto(`${url}/operator#loop`);
  await page.getByRole('heading', { name: 'Cycle' }).waitFor();
  await page.getByText('920 votes of 44 people').waitFor();
  for (const title of ['Reward', 'KL divergence']) {
    require(await page.getByRole('img', { name: new RegExp(`^${title}: `) }).isVisible(), `there is no curve of ${title}`);
  }
  require(await page.getByText('failed', { exact: true }).isVisible(), 'the gate that failed is not shown');
  await shot(page, 'operator-loop-cycle-dark', true);
  await accessible(page, 'loop with a cycle');
});

for (const [name, options] of [['light', {}], ['phone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }], ['dark', { colorScheme: 'dark' }]]) {
  await check(`The loop shows the canary and is held, promoted and rolled back (${name})`, options, async (page) => {
    const posts = [];
    let loop = LOOP;
    await page.route('**/api/operator/loop**', async (route) => {
      const request = route.request();
      if (request.method() === 'POST') {
        posts.push([new URL(request.url()).pathname.split('/').at(-1), request.postDataJSON()]);
        loop = { ...LOOP, held: request.url().endsWith('hold') };
      }
      const real = await (await route.fetch({ url: `${url}/api/operator/loop`, method: 'GET', postData: undefined })).json();
      await route.fulfill({ json: { ...loop, cycle: real.cycle } });
    });
    await page.goto(`${url}/operator#loop`);
    await page.getByRole('heading', { name: 'Canary' }).waitFor();
    await page.getByRole('img', { name: '−2.1 to +9.4 points' }).waitFor();
    await fits(page, 'loop');
    await accessible(page, `loop ${name}`);
    await shot(page, `operator-loop-${name}`, true);
    await page.getByRole('button', { name: 'Hold' }).click();
    await page.getByRole('button', { name: 'Release' }).waitFor();
    await page.getByRole('button', { name: 'Promote generation 8' }).click();
    await page.getByRole('button', { name: 'Promote', exact: true }).click();
    await page.getByRole('button', { name: 'Hold' }).waitFor();
    await page.getByRole('button', { name: 'Try 9' }).click();
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.getByText('Generation 9 is on trial.').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('The trial of generation 8 ends').waitFor();
    await page.locator('#confirm-yes').click();
    await page.getByText('The trial is over.').waitFor({ state: 'attached' });
    require(JSON.stringify(posts) === JSON.stringify([['hold', { held: true }], ['promote', { generation: 8 }], ['try', { generation: 9 }], ['roll-back', null]]), JSON.stringify(posts));
  });
}

/** Raters of whom one is trusted, one is left out, as the server would tell it. */
const RATERS = [
  { rater: '4e0f43e8d95f22bae671ee7a639a90f8', votes: 1246, counted: 1240, weight: 0.38, agreement: { share: 0.75, lower: 0.65, upper: 0.82 }, severity: -0.013, slope: 1.2, slope_error: 0.25, controls: 5, controls_right: 5, state: 'counted', why: '', until: null },
  { rater: 'd715ef58044c070c3cd9f7b04aa7698a', votes: 47, counted: 0, weight: 0, agreement: null, severity: -1.63, slope: 0.31, slope_error: 0.36, controls: 0, controls_right: 0, state: 'quarantined', why: '6 votes within a minute of 3 others, on the same replies', until: '2026-11-28T01:00:00Z' },
].map((rater) => ({ ...rater, place: { platform: 'discord', server: '1571314098933596161' } }));

for (const [name, options] of [['light', {}], ['phone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }], ['dark', { colorScheme: 'dark' }]]) {
  await check(`Trust shows whose votes count, and why others' do not (${name})`, options, async (page) => {
    await page.route('**/api/operator/trust', async (route) => {
      const real = await (await route.fetch()).json();
      await route.fulfill({ json: { ...real, raters: RATERS, left_out: { 'vote of somebody in quarantine': 47, 'vote given in a burst': 6 } } });
    });
    await page.goto(`${url}/operator#trust`);
    await page.getByRole('heading', { name: 'discord, server 1571314098933596161' }).waitFor();
    await page.getByText('6 votes within a minute of 3 others').waitFor();
    require(await page.getByText('1,240', { exact: true }).count() === 2, 'the counted votes are not in the tile and in the row');
    require(await page.getByText('quarantined', { exact: true }).isVisible(), 'the state is not shown');
    await fits(page, 'trust');
    await accessible(page, `trust ${name}`);
    await shot(page, `operator-trust-${name}`, true);
  });
}

await browser.close();
process.exit(failed === 0 ? 0 : 1);
