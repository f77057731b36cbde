/* The box in which several rows are chosen has a name of its own: select2 gives it none. */
django.jQuery(($) => {
  for (const chosen of document.querySelectorAll("select.admin-autocomplete[multiple]")) {
    const label = document.querySelector(`label[for="${chosen.id}"]`);
    if (label) $(chosen).next().find(".select2-search__field").attr("aria-label", label.textContent.trim().replace(/:$/, ""));
  }
});
