// Keeps the newest text in sight while a reply grows, unless the reader has scrolled up.

const NEAR_PX = 80;

/** Follows the end of a scrolling area. */
export class Follower {
  constructor(area, button) {
    this.area = area;
    this.button = button;
    this.following = true;
    area.addEventListener('scroll', () => this.onScroll(), { passive: true });
    button.addEventListener('click', () => this.toEnd());
    new ResizeObserver(() => this.follow()).observe(area);
  }

  /** Goes to the end and stays there. */
  toEnd() {
    this.following = true;
    this.follow();
  }

  /** Goes to the beginning and stays there. */
  toTop() {
    this.following = false;
    this.area.scrollTo({ top: 0, behavior: 'instant' });
    this.button.hidden = true;
  }

  /** Stays at the end, if it was there. */
  follow() {
    if (this.following) {
      this.button.hidden = true;
      this.area.scrollTo({ top: this.area.scrollHeight, behavior: 'instant' });
    }
  }

  onScroll() {
    const { scrollTop, clientHeight, scrollHeight } = this.area;
    this.following = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.button.hidden = this.following;
  }
}
