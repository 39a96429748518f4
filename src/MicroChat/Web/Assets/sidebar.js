// On narrow screens the list of conversations is a drawer: it covers the page, keeps the focus, and Esc closes it.

import { byId } from './dom.js';

const narrow = matchMedia('(max-width: 52rem)');

/** Connects the buttons that open and close the drawer. */
export function startSidebar() {
  byId('sidebar-open').addEventListener('click', () => setOpen(true));
  byId('sidebar-close').addEventListener('click', () => closeSidebar());
  byId('sidebar-shade').addEventListener('click', () => closeSidebar());
  byId('sidebar').addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isOpen()) {
      closeSidebar();
    }
  });
  narrow.addEventListener('change', () => setOpen(false));
}

/** Closes the drawer, if it is open, and gives the focus back. */
export function closeSidebar() {
  if (isOpen()) {
    setOpen(false);
    byId('sidebar-open').focus();
  }
}

function isOpen() {
  return byId('sidebar').classList.contains('open');
}

function setOpen(open) {
  byId('sidebar').classList.toggle('open', open);
  byId('sidebar-shade').hidden = !open;
  byId('stage').inert = open;
  byId('sidebar-open').setAttribute('aria-expanded', String(open));
  if (open) {
    byId('sidebar-close').focus();
  }
}
