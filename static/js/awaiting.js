/* A page that awaits an answer looks again by itself, while somebody looks at it. */
(() => {
  const awaited = document.querySelector("[data-awaits]");
  const look = () => (document.hidden ? setTimeout(look, 1000) : location.reload());
  if (awaited) setTimeout(look, 1000 * awaited.dataset.awaits);
})();
