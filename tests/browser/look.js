// What can be measured of a page by looking at it. Each function gives a list of sentences about what is wrong; an empty one is good.
globalThis.look = (() => {
  const OPERATED = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const SMALLEST = 24;

  const named = (element) => {
    const text = (element.textContent || element.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.tagName.toLowerCase()}${element.className ? ` class="${element.className}"` : ""}> ${text}`;
  };

  // Shown, and not one of those that only screen readers or Enter reach.
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.closest(".hidden, .trap, [aria-hidden=true]") &&
    element.tabIndex >= 0;

  const operated = () => [...document.querySelectorAll(OPERATED)].filter(shown);

  // WCAG 2.2, 1.4.10. What sticks out of the page is named, since a number alone does not say where to look.
  const sideways = () => {
    const over = document.documentElement.scrollWidth - window.innerWidth;
    if (over <= 0) return [];
    const wide = [...document.body.querySelectorAll("*")].filter((it) => it.getBoundingClientRect().right > window.innerWidth + 0.5);
    return [`${over} px too wide: ${wide.slice(-1).map(named)}`];
  };

  // A choice is hit by its label too.
  const box = (element) => {
    const rects = [element, ...(element.labels || [])].map((it) => it.getBoundingClientRect());
    const left = Math.min(...rects.map((it) => it.left)), right = Math.max(...rects.map((it) => it.right));
    const top = Math.min(...rects.map((it) => it.top)), bottom = Math.max(...rects.map((it) => it.bottom));
    return { left, right, top, bottom, width: right - left, height: bottom - top };
  };

  // "Inline" of 2.5.8: the target is in a sentence, whose line height it cannot change.
  const inSentence = (element) =>
    getComputedStyle(element).display === "inline" &&
    [...element.parentElement.childNodes].some((it) => it !== element && it.textContent.trim());

  // WCAG 2.2, 2.5.8, without its exception for spacing: here every target is large enough by itself.
  const small = () =>
    operated()
      .filter((it) => !inSentence(it))
      .map((it) => [it, box(it)])
      .filter(([, { width, height }]) => width < SMALLEST - 0.01 || height < SMALLEST - 0.01)
      .map(([it, { width, height }]) => `${Math.round(width)} × ${Math.round(height)} px: ${named(it)}`);

  // What is drawn around an element, or around the parts that the style sheet gives it.
  const ring = (element) =>
    ["", "::before", "::after"].map((part) => {
      const style = getComputedStyle(element, part || null);
      const line = style.outlineStyle === "none" ? "no outline" : `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`;
      return `${line} ${style.boxShadow}`;
    }).join();

  // WCAG 2.2, 2.4.7: with no pointer used before it, focus that a script gives looks like focus that Tab gives.
  const unseenFocus = () => {
    const found = [];
    for (const element of operated()) {
      document.activeElement.blur();
      const before = ring(element);
      element.focus();
      if (document.activeElement !== element) found.push(`cannot be focused: ${named(element)}`);
      else if (ring(element) === before) found.push(`looks the same with focus: ${named(element)}`);
    }
    document.activeElement.blur();
    return found;
  };

  // WCAG 2.2, 2.3.3 and what people ask of their own devices.
  const motion = () =>
    [...document.querySelectorAll("*")]
      .filter((it) => ["", "::before", "::after"].some((part) => {
        const style = getComputedStyle(it, part || null);
        return style.animationName !== "none" || style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
      }))
      .map(named);

  // Every line of an error summary leads to a field that can be seen and typed in.
  const lostErrors = () =>
    [...document.querySelectorAll(".errors a")]
      .filter((link) => {
        const field = document.getElementById(link.hash.slice(1));
        return !field || !field.checkVisibility() || field.tabIndex < 0;
      })
      .map(named);

  // Text that is cut off where its box is too small for it. A field that one types in moves its text along.
  const cut = () =>
    [...document.body.querySelectorAll("*")]
      .filter((it) => shown(it) || it.checkVisibility())
      .filter((it) => !it.closest(".hidden, .trap") && getComputedStyle(it).overflow !== "visible" && !it.matches("textarea, input"))
      .filter((it) => it.scrollHeight > it.clientHeight + 1 || it.scrollWidth > it.clientWidth + 1)
      .map(named);

  // Paper has nothing to unfold: what the page tells is printed, and what only helps somebody do something here is not.
  const folded = () =>
    [...document.querySelectorAll("details")]
      .filter((it) => !it.closest(".no-print") && !it.open)
      .filter((it) => getComputedStyle(it, "::details-content").contentVisibility !== "visible")
      .map(named);

  // WCAG 1.4.11 where grounds are taken away: whoever sees no colours of ours finds the button by its edge.
  const edgeless = () =>
    operated()
      .filter((it) => it.matches(".button, button:not(.link, .langs button, .ways button)"))
      .filter((it) => !(parseFloat(getComputedStyle(it).borderTopWidth) > 0))
      .map(named);

  const barrier = (rule, node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.any.map((it) => it.message).join(" ").slice(0, 160)}`;
  const axeFinds = async (runOnly, rules = {}) => {
    const found = await axe.run(document, { runOnly, rules, preload: false, selectors: false, resultTypes: ["violations", "incomplete"] });
    return [...found.violations, ...found.incomplete].flatMap((rule) => rule.nodes.map((node) => barrier(rule, node)));
  };

  return { sideways, small, unseenFocus, motion, lostErrors, cut, folded, edgeless, axeFinds };
})();
