// Sets light or dark before the first paint; loaded as a classic script so that the page never flashes.
'use strict';

/** The chosen look, kept in this browser: "auto" follows the system. */
window.microchatTheme = {
  get() {
    try {
      return localStorage.getItem('microchat-theme') ?? 'auto';
    } catch {
      return 'auto'; // storage may be forbidden; the system's setting is a good answer
    }
  },

  set(theme) {
    try {
      localStorage.setItem('microchat-theme', theme);
    } catch {
      // the look then lasts until the page is left
    }
    this.apply(theme);
  },

  apply(theme) {
    if (theme === 'light' || theme === 'dark') {
      document.documentElement.dataset.theme = theme;
    } else {
      delete document.documentElement.dataset.theme;
    }
  },

  /** What is on the screen now. */
  shown() {
    return document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  },
};

window.microchatTheme.apply(window.microchatTheme.get());
